"""Every fault of a value at once, judged by the definition that msgspec itself uses.

msgspec stops at the first fault. Here each field is handed to it alone, so that a person mends a
file in one go; what the fields must be stands only in ``profile.py``.

A fault shows a number or a misspelt choice, and never another text: it may be a name or a PIN.
"""

from __future__ import annotations

import difflib
import functools
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Struct, inspect

from profiles.described import words_of
from profiles.rules import UNSOUND, Fault
from profiles.saying import Saying, saying

UNKNOWN: Final = saying("is not known here; known are {known}").text
"""What is said of a key that nobody knows, and that resembles none that is known."""
MOST_FAULTS: Final = 100
"""More help nobody, and a hostile file could have a million."""
_MOST_UNKNOWN: Final = 10
"""Unknown keys named in one object."""
_SHOWN: Final = 40
_PLAIN_KEY: Final = re.compile(r"[\w-]{1,40}")

T = TypeVar("T")


class Faults:
    """The faults found so far; no more than :data:`MOST_FAULTS` are kept."""

    def __init__(self) -> None:
        self._found: list[Fault] = []

    def add(self, path: str, text: Saying) -> None:
        """Note a fault at a place."""
        if not self.full:
            self._found.append(Fault(path, text))

    @property
    def full(self) -> bool:
        """Whether it is of no use to look on."""
        return len(self._found) >= MOST_FAULTS

    def all(self) -> tuple[Fault, ...]:
        """Return them; the last one says so where there were more."""
        if not self.full:
            return tuple(self._found)
        return (
            *self._found,
            Fault("", saying("more than {n} faults; mend these first", n=MOST_FAULTS)),
        )


class _Field(NamedTuple):
    """A field of a definition: its type, whether it must be there, else its value as JSON."""

    hint: Any
    required: bool
    default: Any


def check(value: Any, hint: Any, path: str, faults: Faults) -> Any:
    """Note every fault of a value as it came from JSON; return what of it is sound.

    The result is the same value with :data:`~profiles.rules.UNSOUND` for what is not, and the
    defaults of what was left out, for the rules between fields.
    """
    if faults.full:
        return UNSOUND
    core, words = _core(hint)
    if value is None and _takes_none(hint):
        return None
    if isinstance(core, type) and issubclass(core, Struct):
        return _checked_object(value, core, path, faults)
    if typing.get_origin(core) is tuple:
        return _checked_list(value, core, hint, words or Saying(""), path, faults)
    if not _is_sound(value, hint):
        faults.add(path, _refusal(value, core, words))
        return UNSOUND
    return value


def converted(value: Any, kind: type[T], path: str, faults: Faults) -> T | None:
    """Return a value that :func:`check` found sound as what it is.

    The definition has the last word: what it refuses all the same is a fault too, and None.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        reason = what.replace("`", "")
        faults.add(path + where.rstrip("`"), saying("is refused: {reason}", reason=reason))
        return None


def _checked_object(value: Any, kind: type[Struct], path: str, faults: Faults) -> Any:
    if not isinstance(value, Mapping):
        faults.add(
            path,
            saying(
                "is {kind}; make it an object in braces {braces}", kind=_kind(value), braces="{ }"
            ),
        )
        return UNSOUND
    prefix = f"{path}." if path else ""
    fields = _fields(kind)
    meant = set(_unknown_keys(value, list(fields), prefix, faults))
    sound: dict[str, Any] = {}
    for key, field in fields.items():
        if key in value:
            sound[key] = check(value[key], field.hint, prefix + key, faults)
        elif not field.required:
            sound[key] = field.default
        else:
            sound[key] = UNSOUND
            if key not in meant:
                _, words = _core(field.hint)
                faults.add(
                    prefix + key,
                    saying("is missing; add it: {words}", words=words)
                    if words
                    else saying("is missing; add it"),
                )
    return sound


def _unknown_keys(
    value: Mapping[str, Any], known: list[str], prefix: str, faults: Faults
) -> Iterator[str]:
    """Note the keys that nobody knows, and return those they were probably meant to be."""
    unknown = [key for key in value if key not in known]
    for key in unknown[:_MOST_UNKNOWN]:
        close = difflib.get_close_matches(key[:_SHOWN], known, n=1)
        if close and close[0] not in value:
            yield close[0]
        said = Saying(UNKNOWN, (("known", ", ".join(known)),))
        if close:
            said = saying('is not known here; did you mean "{close}"?', close=close[0])
        faults.add(prefix + _shown_key(key), said)
    if len(unknown) > _MOST_UNKNOWN:
        more = len(unknown) - _MOST_UNKNOWN
        told = saying("has {n} more keys that are not known; remove them", n=more)
        faults.add(prefix.rstrip("."), told)


def _checked_list(
    value: Any, core: Any, hint: Any, words: Saying, path: str, faults: Faults
) -> Any:
    info = _list_info(hint)
    if not isinstance(value, Sequence) or isinstance(value, str):
        told = saying("is {kind}; make it {words}, in brackets [ ]", kind=_kind(value), words=words)
        faults.add(path, told)
        return UNSOUND
    if not (info.min_length or 0) <= len(value) <= (info.max_length or len(value)):
        faults.add(path, saying("is a list of {n}; make it {words}", n=len(value), words=words))
        return UNSOUND
    item = typing.get_args(core)[0]
    return [check(one, item, f"{path}[{i}]", faults) for i, one in enumerate(value)]


def _is_sound(value: Any, hint: Any) -> bool:
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        return False
    return True


def _refusal(value: Any, core: Any, words: Saying | None) -> Saying:
    choices = typing.get_args(core) if typing.get_origin(core) is Literal else ()
    if choices:
        words = functools.reduce(_or, (Saying(_quoted(one)) for one in choices))
        close = difflib.get_close_matches(str(value)[:_SHOWN], map(str, choices), n=1)
        if close and isinstance(value, str):
            return saying(
                'is "{value}"; did you mean "{close}"? Allowed: {words}',
                value=_clipped(value),
                close=close[0],
                words=words,
            )
    known = words or Saying("")
    if isinstance(value, str) and core in {int, float}:
        return saying("is a text; make it {words}, without quotes", words=known)
    if isinstance(value, int | float) and core in {int, float}:
        return saying("is {value}; make it {words}", value=_shown(value), words=known)
    if isinstance(value, str):
        return saying("is not allowed; make it {words}", words=known)
    return saying("is {kind}; make it {words}", kind=_kind(value), words=known)


@functools.cache
def _fields(kind: type[Struct]) -> Mapping[str, _Field]:
    hints = typing.get_type_hints(kind, include_extras=True)
    found: dict[str, _Field] = {}
    for field in msgspec.structs.fields(kind):
        default = field.default
        if default is msgspec.NODEFAULT or default is msgspec.UNSET:
            default = None
        known = _Field(hints[field.name], field.required, msgspec.to_builtins(default))
        found[field.encode_name] = known
    return found


def _core(hint: Any) -> tuple[Any, Saying | None]:
    """Return the type inside an optional or annotated one, and the words for what it must be."""
    words: Saying | None = None
    while True:
        if typing.get_origin(hint) is Annotated:
            hint, *metas = typing.get_args(hint)
            found = [meta.description for meta in metas if isinstance(meta, msgspec.Meta)]
            text = next((text for text in reversed(found) if text), None)
            words = words if text is None else words_of(text)
        elif others := _others(hint):
            hint = others[0]
        else:
            return hint, words or _WORDS.get(hint)


_WORDS: Final[Mapping[Any, Saying]] = {bool: saying("true or false")}


def _others(hint: Any) -> list[Any]:
    """Return what an optional type is apart from None and "not there"; else nothing."""
    parts = typing.get_args(hint)
    if type(None) not in parts and msgspec.UnsetType not in parts:
        return []
    return [part for part in parts if part not in {type(None), msgspec.UnsetType}]


def _takes_none(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)


@functools.cache
def _list_info(hint: Any) -> inspect.VarTupleType:
    info = inspect.type_info(hint)
    while not isinstance(info, inspect.VarTupleType):
        if isinstance(info, inspect.Metadata):
            info = info.type
        else:
            assert isinstance(info, inspect.UnionType)  # noqa: S101 - a list, perhaps optional
            info = next(one for one in info.types if not isinstance(one, inspect.NoneType))
    return info


def _shown(value: Any) -> str | float:
    """Return true, false or a number as it is shown where one belongs."""
    return str(value).lower() if isinstance(value, bool) else float(value)


def _kind(value: Any) -> Saying:
    """Return what kind of value it is: nothing of it may be shown."""
    if value is None:
        return saying("an empty value (null)")
    for kind, name in _KINDS.items():
        if isinstance(value, kind):
            return name
    return saying("an object")


_KINDS: Final[Mapping[type, Saying]] = {
    bool: saying("true or false"),
    int: saying("a number"),
    float: saying("a number"),
    str: saying("a text"),
    list: saying("a list"),
}


def _or(first: Saying, second: Saying) -> Saying:
    return saying("{first} or {second}", first=first, second=second)


def _quoted(choice: Any) -> str:
    return f'"{choice}"' if isinstance(choice, str) else str(choice)


def _shown_key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else f'"{_clipped(key)}"'


def _clipped(text: str) -> str:
    plain = "".join(char if char.isprintable() else "?" for char in text[:_SHOWN])
    return plain + ("…" if len(text) > _SHOWN else "")
