import pytest

from web.settings import ServerSettings, SettingsError, load_settings


def test_host_and_port_are_plain_and_the_others_prefixed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "HOST": "0.0.0.0", "PORT": "8080", "QA_MAX_WAITING": "5", "QA_FEEDBACK": "false",
        "QA_THRESHOLD": "0.7", "QA_ADDRESS_HEADER": "X-Forwarded-For", "QA_LOG_QUESTIONS": "1",
        "QA_FRAME_ANCESTORS": "'self'  https://news.example", "QA_MAX_CONCURRENT": "",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.host, settings.port, settings.max_waiting) == ("0.0.0.0", 8080, 5)
    assert (settings.feedback, settings.threshold, settings.log_questions) == (False, 0.7, True)
    assert settings.address_header == "X-Forwarded-For"
    assert settings.frame_ancestors == "'self' https://news.example"
    assert settings.max_concurrent == ServerSettings.model_fields["max_concurrent"].default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("QA_MAX_WAITING", "0"),
        ("QA_QUESTIONS_PER_MINUTE", "-1"),
        ("QA_THRESHOLD", "2"),
        ("QA_FRAME_ANCESTORS", "news.example; script-src *"),
        ("QA_FRAME_ANCESTORS", "https://news.example, https://b.example"),
        ("QA_FRAME_ANCESTORS", "javascript:alert(1)"),
        ("QA_FRAME_ANCESTORS", "https://a.example\r\nSet-Cookie: a"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    said = str(error.value)
    assert name in said and repr(value) in said and "\n" not in said and said.endswith(".")
