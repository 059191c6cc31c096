"""How the office answers: every mistake of a person, a stick or a disk is a Refusal's sentence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from kiosk.clock import ClockError
from kiosk.export.errors import ExportError, sentence_of
from kiosk.pins import PinRefused
from kiosk.session.actions import Refusal
from kiosk.sticks.model import StickError

_T = TypeVar("_T")


def told(job: Callable[[], _T]) -> _T:
    """Do it; what can go wrong in the ordinary way becomes the sentence of a Refusal."""
    try:
        return job()
    except StickError as error:
        raise Refusal("stick", str(error)) from error
    except PinRefused as error:
        raise Refusal("pin", *error.said) from error
    except ClockError as error:
        raise Refusal("clock", str(error)) from error
    except ExportError as error:
        raise Refusal("stick", str(error)) from error
    except OSError as error:
        raise Refusal("stick", sentence_of(error, "It could not be done")) from error


def refused(refusal: Refusal) -> Future[Any]:
    """Return a future that has ended with it."""
    future: Future[Any] = Future()
    future.set_exception(refusal)
    return future
