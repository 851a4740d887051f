def touch(x):
    return f"touched {x}"
