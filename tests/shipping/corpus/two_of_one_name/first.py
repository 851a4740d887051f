from dataclasses import dataclass


@dataclass
class Thing:
    x: int
