"""Which names in a drop are documents, and what their results are called."""

from __future__ import annotations

import hashlib
from typing import Final

from read_operations.records import Output

#: The options of the documents in a prefix, and below it.
OPTIONS: Final = "options.json"
#: How the documents of a prefix stand.
MANIFEST: Final = "_batch.json"
RESULT: Final = ".json"
ERROR: Final = ".error.json"
#: Why one of a document's other files could not be made; the file's own suffix is in the middle.
_OUTPUT_ERROR: Final = ".error{}.json"
#: Ends of names whose results would be called as another document's error.
_TAKEN: Final = (
    ERROR.removesuffix(RESULT),
    *(_OUTPUT_ERROR.format(output.suffix).removesuffix(RESULT) for output in Output),
)

#: What programs that write or fetch files call them until they are whole.
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", "~")
#: Office keeps these beside a document that is open.
_HIDDEN: Final = (".", "~$")
#: Longest name of a file in common file systems, and of a blob.
_PART_BYTES: Final = 255
_NAME_CHARS: Final = 1024
_DIGEST_CHARS: Final = 16


def is_candidate(name: str) -> bool:
    """Whether what has this name may be a document: it is not hidden, not on its way, and not one of our own."""
    *folders, last = name.split("/")
    if last in ("", OPTIONS, MANIFEST) or last.lower().endswith(_UNFINISHED):
        return False
    return not any(part.startswith(_HIDDEN) for part in (*folders, last))


def prefix_of(name: str) -> str:
    """The prefix a name is in: `a/b/` of `a/b/c.pdf`, empty at the top."""
    return name[: name.rfind("/") + 1]


def prefixes_of(name: str) -> list[str]:
    """The prefixes a name is in, the nearest first: `a/b/`, `a/` and the empty one of `a/b/c.pdf`."""
    prefixes = [prefix_of(name)]
    while prefixes[-1]:
        prefixes.append(prefix_of(prefixes[-1][:-1]))
    return prefixes


def result_name(name: str, suffix: str, *, most_chars: int = _NAME_CHARS) -> str:
    """The name of a document's result: its own with a suffix, so that `a.pdf` and `a.png` have one each.

    Where that would be longer than a file's or a blob's name may be, or the name of something else, a digest of the
    document's name is added, to which its end gives way.
    """
    folder, last = prefix_of(name), name[len(prefix_of(name)) :]
    fits = len(_encoded(last + suffix)) <= _PART_BYTES and len(name + suffix) <= most_chars
    if fits and not (suffix == RESULT and (last.endswith(_TAKEN) or last + RESULT == MANIFEST)):
        return name + suffix
    tail = f"~{digest(name)[:_DIGEST_CHARS]}{suffix}"
    room = min(_PART_BYTES - len(tail), most_chars - len(folder) - len(tail))
    if room < 0:  # the folders alone fill the name
        return f"{digest(folder)[:_DIGEST_CHARS]}/{tail}"
    return folder + _encoded(last)[:room].decode(errors="ignore") + tail


def output_error(output: Output) -> str:
    """The suffix of what says why an output could not be made."""
    return _OUTPUT_ERROR.format(output.suffix)


def digest(*texts: str) -> str:
    """A name of fixed length for texts."""
    return hashlib.sha256(b"\0".join(_encoded(text) for text in texts)).hexdigest()


def _encoded(text: str) -> bytes:
    # The name of a file need not be text.
    return text.encode(errors="surrogateescape")
