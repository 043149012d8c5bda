"""Where the documents and the index are, and which model embeds them."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_MODEL = "default"


class IndexSettings(BaseSettings):
    """Read from the environment (``QA_SEEDS``, ``QA_INDEX_DIR``, ``QA_MODEL``) or given."""

    model_config = SettingsConfigDict(env_prefix="QA_", env_ignore_empty=True)

    seeds: Path = Path("seeds")
    index_dir: Path = Path(".build/index")
    # A sentence-transformers name or folder; «default» is the model that comes with the install.
    model: str = DEFAULT_MODEL
