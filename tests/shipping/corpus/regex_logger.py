"""Compiled patterns, loggers, warnings, decimal, paths, dates."""

import datetime
import decimal
import logging
import pathlib
import re
import uuid

WORD = re.compile(r"\w+", re.IGNORECASE)
logger = logging.getLogger(__name__)
ROOT = pathlib.Path("/data")
DAY = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
PRICE = decimal.Decimal("1.10")
ID = uuid.UUID(int=7)


def job():
    logger.debug("on the worker")
    return WORD.findall("a bc"), ROOT / "x", DAY + datetime.timedelta(1), PRICE * 2, ID, logger.name


def check(result):
    assert result[0] == ["a", "bc"] and result[1] == ROOT / "x"
    assert result[2].day == 3 and result[3] == decimal.Decimal("2.20") and result[4] == ID
    assert result[5] == logger.name


# mypy: ignore-errors
