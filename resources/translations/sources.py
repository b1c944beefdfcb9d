"""Find every text that the window can show, in the source: the window's own by their calls, the domain's by their form.

The window says `tr("...")`, `say("...")` or `counted("one", "many", n)` with literals. The domain says plain English where a check
is made: every literal or f-string in the rooms below that reads like a sentence is a template, its expressions named
placeholders. A literal that only looks like one is named in NOT_SAID; one that is said although it does not look like one, in
WORDS. Texts of the command line, the embedded chain and the sample world stay English.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.language.catalogue import DOMAIN, Entry, Key
from resources.translations.said import NOT_SAID, WORDS

ROOT = Path(__file__).resolve().parents[2]
WINDOW = ("app/ui",)
ROOMS = (
    "app/ui/keymap.py",
    "chain/policy", "chain/verifier.py", "chain/custody.py", "chain/replay.py", "chain/proven.py", "chain/travel.py", "chain/verdict.py",
    "chain/gs1", "chain/label.py", "chain/storage_proof.py", "chain/merkle.py", "chain/header.py", "chain/checkpoint.py",
    "chain/witness_policy.py", "chain/seals.py", "chain/evidence.py", "chain/bundle.py", "chain/bundle_form.py", "chain/keystore.py",
    "chain/keys.py", "chain/ledger.py", "chain/sending.py", "chain/transport.py", "chain/calls.py", "chain/secret.py",
    "chain/logs.py", "chain/rpc.py", "chain/agreement.py", "chain/statement.py", "chain/signed_batch.py", "chain/strict_json.py",
    "chain/trie_copy.py", "chain/multiproof.py", "chain/notes.py", "chain/pieces.py",
    "app/station.py", "app/recorder.py", "app/drafting.py", "app/sync.py", "app/checks.py", "app/family.py", "app/printing.py",
    "app/proofs.py", "chain/depot.py", "chain/depot_form.py",
    "app/desk", "app/alerts", "app/sales", "app/labels", "app/handover", "app/outbox", "app/network", "app/trust", "app/decode",
    "app/known.py", "app/link.py", "app/profile.py", "app/whole.py", "app/standings.py", "app/errors.py", "app/vouched.py",
    "app/store/imported.py", "app/store/replica.py", "app/store/outbox.py", "app/store/__init__.py",
    "forecasting",
)  # fmt: skip
APART = (
    "app/cli.py", "app/console.py", "app/check_rows.py", "app/selftest.py", "app/commands", "app/demo", "app/exchange", "app/language",
    "app/store/claims.py", "app/store/letters.py",
    "app/ui/desk_demo.py", "app/ui/screenshots.py", "app/ui/sheet.py", "app/desk/paper.py",
    "chain/gs1/build_table.py", "chain/gs1/epc.py", "chain/gs1/linters.py", "chain/gs1/scans.py", "chain/gs1/times.py",
    "app/letters", "app/network/arguments.py", "app/trust/witnessing.py", "app/trust/cosigning.py",
    "app/decode/passes.py", "app/decode/child.py", "app/decode/wire.py", "app/decode/cascade.py", "app/sales/table.py",
    "forecasting/calibrate.py", "forecasting/cells.py", "forecasting/judge.py", "forecasting/kinds.py",
    "forecasting/reading.py", "forecasting/transfers.py", "forecasting/trees.py", "forecasting/demand/series.py",
    "forecasting/demand/forecaster.py", "forecasting/demand/asking.py", "forecasting/demand/columns.py",
    "forecasting/demand/regular.py", "forecasting/simulate", "forecasting/tables.py", "forecasting/detect.py", "forecasting/mixture.py",
)  # fmt: skip
"""What the window never shows: messages of the command line, of builds and of files that only the command line reads."""
_CALLS = {"tr": 0, "say": 0, "translate": 1, "counted": 0}
HEAD = ";:, "
"""What joins a piece to the sentence before it, and is not translated with it."""
_HOLE = re.compile(r"\{[^{}]*\}")
_SENTENCE = re.compile(r"[A-Za-z’']{2,},? +(?:\S+ +)?[A-Za-z’']{2,}")
_CODE = re.compile(
    r"\b(?:SELECT|INSERT|UPDATE|CREATE|PRAGMA|FROM|WHERE|ALTER|DROP|VALUES|JOIN|AND)\b|\\[dwsb]"
    r"|\b(?:select|insert|update|delete) .*\b(?:from|into|set)\b|\bwhere \w+ (?:=|[<>]|in |like |is )|\border by\b|\bexists \(|import sys"
    r"|\^[A-Z]{2}|\w = '|^\w+, \w+, \w+, \w+, |\?mode=|^tuple\[|^wayproof [a-z ]+ \d$|[=;]\w+[;,]"
)
_QUIET = {
    "debug",
    "info",
    "warning",
    "getLogger",
    "compile",
    "execute",
    "executescript",
    "query",
    "strptime",
    "strftime",
    "TypeVar",
    "cast",
}


def entries() -> dict[Key, Entry]:
    """Every text by its key: the window's first, then the domain's, each in the order of files and lines."""
    found: dict[Key, Entry] = {}
    for path in _files(WINDOW):
        for text, plural, context in _called(ast.parse(path.read_text("utf-8"))):
            _keep(found, Entry(text, context, plural), path)
    for path in _files(WINDOW):
        for text in _raised(ast.parse(path.read_text("utf-8"))):
            _keep(found, Entry(text, DOMAIN), path)
    for path in _files(ROOMS):
        for text in _said(ast.parse(path.read_text("utf-8"))):
            if text not in NOT_SAID:
                _keep(found, Entry(text, DOMAIN), path)
    for text, where in WORDS.items():
        _keep(found, Entry(text, DOMAIN), ROOT / where)
    return found


def _keep(found: dict[Key, Entry], entry: Entry, path: Path) -> None:
    where = path.relative_to(ROOT).as_posix()
    kept = found.setdefault(entry.key, entry)
    kept.plural = kept.plural or entry.plural
    if where not in kept.where:
        kept.where = (*kept.where, where)


def _files(rooms: Iterable[str]) -> Iterator[Path]:
    for room in rooms:
        path = ROOT / room
        for one in sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []:
            if not one.relative_to(ROOT).as_posix().startswith(APART):
                yield one


# ---- the window ----------------------------------------------------------------------------------------------------------


def _called(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    for call in _calls(tree):
        if _name(call) not in _CALLS or len(call.args) <= _CALLS[_name(call)]:
            continue
        texts = [one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else "" for one in call.args]
        first = texts[_CALLS[_name(call)]]
        if not first:
            continue
        if _name(call) == "counted":
            yield first, texts[1], ""
        else:
            yield first, "", texts[1] if _name(call) == "tr" and len(texts) > 1 else ""


def computed(tree: ast.AST) -> Iterator[int]:
    """The lines on which `tr` or `counted` is given something that cannot be extracted."""
    for call in _calls(tree):
        wanted = {"tr": 1, "counted": 2}.get(_name(call), 0)
        if wanted == 2 and not isinstance(call.func, ast.Name):
            continue  # something else of that name
        if any(not (isinstance(one, ast.Constant) and isinstance(one.value, str)) for one in call.args[:wanted]):
            yield call.lineno


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    yield from sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


# ---- the domain ----------------------------------------------------------------------------------------------------------


def _said(node: ast.AST, inside: bool = False) -> Iterator[str]:
    """The templates below a node. `inside` an f-string shorter pieces count, too: they are put into a sentence."""
    if isinstance(node, ast.JoinedStr):
        text = template(node)
        if _reads(text, True):
            yield text.lstrip(HEAD)
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                yield from _said(value.value, True)
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            text = node.value.strip()
            if _reads(text, inside):
                yield text.lstrip(HEAD)
        return
    if isinstance(node, ast.Call) and _name(node) in _QUIET:
        return
    if isinstance(node, ast.FunctionDef) and node.name == "__repr__":
        return
    if isinstance(node, ast.Call) and _name(node) == "Feature":  # its name and unit are not said
        yield from _said(node.args[2]) if len(node.args) > 2 else ()
        return
    if isinstance(node, ast.Subscript):  # a key is no word
        yield from _said(node.value, inside)
        return
    if isinstance(node, ast.Compare):
        return
    for field, child in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for one in child if isinstance(child, list) else [child]:
            if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
                continue  # a docstring
            if isinstance(one, ast.AST):
                yield from _said(one, inside and not isinstance(node, ast.Call))


def _raised(tree: ast.AST) -> Iterator[str]:
    """What errors made in the window say; its other texts are said by calls."""
    for call in _calls(tree):
        if _name(call).endswith(("Error", "Input")) and _name(call)[0].isupper():
            yield from _said(call)


def template(node: ast.JoinedStr) -> str:
    """An f-string as a template: ``f"{len(boxes)} cases"`` is ``{boxes} cases``."""
    out: list[str] = []
    used: dict[str, str] = {}
    for value in node.values:
        if isinstance(value, ast.Constant):
            out.append(str(value.value).replace("{", "{{").replace("}", "}}"))
        elif isinstance(value, ast.FormattedValue):
            source = ast.unparse(value)
            if source not in used:
                name, number = _hole(value.value), 2
                free = name
                while free in used.values():
                    free, number = f"{name}{number}", number + 1
                used[source] = free
            out.append("{" + used[source] + "}")
    return "".join(out).strip()


def _hole(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name.strip("_") or "value"
        case ast.Attribute(attr=name, value=value):
            return (
                _hole(value)
                if name in ("value", "name", "key") and isinstance(value, (ast.Name, ast.Attribute))
                else name.strip("_")
            )
        case ast.Call(func=ast.Attribute(attr="join"), args=[inner]):
            return _hole(inner)
        case ast.Call(func=ast.Attribute(attr=name), args=[first, *_]) if name in ("name", "party", "act", "day", "where"):
            return _hole(first) if isinstance(first, (ast.Name, ast.Attribute)) else name
        case ast.Call(func=ast.Name(id="len" | "sorted" | "abs" | "str" | "int" | "round" | "shown"), args=[first, *_]):
            return _hole(first)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name.strip("_")
        case ast.Subscript(value=value):
            return _hole(value)
        case ast.BinOp(left=left):
            return _hole(left)
        case ast.IfExp():
            return "which"
    return "value"


def _reads(text: str, piece: bool) -> bool:
    """Whether a text is said to people. Of a `piece`, which is put into a sentence or has holes, one word is enough."""
    bare = _HOLE.sub("0", text)
    if _CODE.search(text) or "\n" in text:
        return False
    if piece and "0" in bare and re.fullmatch(r"[\w.%:/,#=&@+-]*", bare.replace("0", "")):
        return False
    if piece:
        return re.search(r"(?<![\w./:-])[A-Za-z]{2,}(?![\w/=-])", bare) is not None and not re.fullmatch(r"[a-z]+_\w+", bare)
    return bool(_SENTENCE.search(bare) or re.fullmatch(r"[A-Z][a-z]+[.:]", bare))
