"""``python -m index build`` and ``python -m index info``."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from index.errors import ProjectError
from index.settings import DEFAULT_MODEL, IndexSettings
from index.terminal import shown

app = typer.Typer(add_completion=False, help="Build and inspect the index of the documents.")

Seeds = Annotated[Path | None, typer.Option(help="Folder of the documents. [QA_SEEDS]")]
Folder = Annotated[Path | None, typer.Option("--index", help="Folder of the index. [QA_INDEX_DIR]")]
Model = Annotated[
    str | None,
    typer.Option(help=f"A sentence-transformers name or folder, or «{DEFAULT_MODEL}». [QA_MODEL]"),
]


def _settings(seeds: Path | None, index_dir: Path | None, model: str | None) -> IndexSettings:
    given = {"seeds": seeds, "index_dir": index_dir, "model": model}
    return IndexSettings(**{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]


def _bar(total: int) -> Callable[[int], object]:
    return tqdm(total=total, desc="embedding", unit="passage").update


@app.command()
def build(seeds: Seeds = None, index_dir: Folder = None, model: Model = None) -> None:
    """Bring the index up to the documents; what has not changed is kept."""
    from index.build import build_index

    settings = _settings(seeds, index_dir, model)
    report = build_index(settings, _bar)
    changed = f"{len(report.embedded)} embedded, {len(report.kept)} kept"
    typer.echo(f"Index {report.index_version}: {changed}, {len(report.removed)} removed.")


@app.command()
def info(seeds: Seeds = None, index_dir: Folder = None, model: Model = None) -> None:
    """Show documents, sections, passages, model, sizes, and whether the index is stale."""
    from index.build import staleness
    from index.store import read_index, read_manifest

    settings = _settings(seeds, index_dir, model)
    read_index(settings.index_dir)  # every file of it is checked
    manifest = read_manifest(settings.index_dir)
    size = sum(file["size"] for file in manifest["files"].values())
    reason = staleness(settings)
    lines = [
        f"index      {manifest['version']} in {manifest['folder']}",
        f"model      {manifest['model']['name']} ({manifest['model']['fingerprint'][:12]})",
        *(f"{name:10} {count:,}" for name, count in manifest["counts"].items()),
        f"size       {size / 1e6:.1f} MB",
        *(f"document   {d['name']} ({d['sha256'][:12]})" for d in manifest["documents"]),
        f"state      {'fresh' if reason is None else 'stale: ' + reason}",
    ]
    typer.echo(shown("\n".join(lines)))


def main() -> None:
    try:
        app()
    except ProjectError as error:
        typer.echo(shown(f"Error: {error}"), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
