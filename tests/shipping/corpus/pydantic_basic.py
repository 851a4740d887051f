"""Nested models, validators, computed fields, private attributes, config, inheritance."""

from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    computed_field,
    field_serializer,
    field_validator,
    model_validator,
)


def no_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("blank")
    return text.strip()


Title = Annotated[str, AfterValidator(no_blank)]


class Author(BaseModel):
    model_config = ConfigDict(frozen=True)
    name: Title


class Base(BaseModel):
    model_config = ConfigDict(validate_assignment=True, extra="forbid")
    created: ClassVar[int] = 0
    id: int = Field(gt=0)


class Book(Base):
    """A book."""

    title: Title
    author: Author
    tags: list[str] = Field(default_factory=list, max_length=3)
    extra_data: dict[str, Any] = {}
    _seen: int = PrivateAttr(default=0)

    @field_validator("tags")
    @classmethod
    def lower(cls, value):
        return [tag.lower() for tag in value]

    @model_validator(mode="after")
    def check_all(self):
        if self.title == "bad":
            raise ValueError("a bad title")
        return self

    @computed_field
    @property
    def label(self) -> str:
        return f"{self.title} by {self.author.name}"

    @field_serializer("tags")
    def dump_tags(self, tags):
        return ",".join(tags)

    def touch(self):
        self._seen += 1
        return self

    def model_post_init(self, context):
        self._seen = 10


def job():
    book = Book(id=1, title=" T ", author={"name": "A"}, tags=["X"]).touch()
    errors = []
    for change in ({"id": 0}, {"title": " "}, {"title": "bad"}, {"other": 1}):
        try:
            Book.model_validate({"id": 1, "title": "t", "author": {"name": "a"}, **change})
        except ValueError as error:
            errors.append(error.error_count())
    try:
        book.id = -1
    except ValueError:
        errors.append("assignment")
    return (
        book,
        book.model_dump(),
        errors,
        book.model_copy(update={"id": 5}),
        Book.model_json_schema(),
    )


def check(result):
    book, dumped, errors, copied, schema = result
    assert type(book) is Book and type(book.author) is Author and book._seen == 11
    assert book == Book(id=1, title="T", author=Author(name="A"), tags=["x"]).touch()
    assert dumped["label"] == "T by A" and dumped["tags"] == "x"
    assert errors == [1, 1, 1, 1, "assignment"] and copied.id == 5
    assert schema == Book.model_json_schema()
    assert Book.model_validate(book) is book and hash(book.author) == hash(Author(name="A"))


# mypy: ignore-errors
