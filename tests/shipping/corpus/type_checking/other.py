class Missing:
    pass


# mypy: ignore-errors
