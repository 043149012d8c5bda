"""What many tests share: the models, loaded once, and a pipeline over the repository's article."""

from pathlib import Path

import pytest

from index.build import index_documents
from index.default_model import default_model_folder
from index.documents import read_documents
from index.encoder import Encoder
from rag.pipeline import Pipeline
from rag.reader import Reader
from rag.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(default_model_folder())


@pytest.fixture(scope="session")
def pipeline(encoder: Encoder, reader: Reader) -> Pipeline:
    index = index_documents(read_documents(SEEDS), encoder)
    return Pipeline(index, encoder, reader, Settings(seeds=SEEDS))
