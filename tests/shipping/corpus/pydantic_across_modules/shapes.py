from pydantic import BaseModel, field_validator

PI = 3.0


class Origin(BaseModel):
    x: float = 0


class Circle(BaseModel):
    radius: float

    @field_validator("radius")
    @classmethod
    def positive(cls, value):
        assert value > 0
        return value

    def area(self):
        return PI * self.radius**2


# mypy: ignore-errors
