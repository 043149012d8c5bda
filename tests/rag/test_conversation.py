"""Which questions lean on the turn before, and what they are completed to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.conversation import Turn, readings

FUND = Turn("創科產業引導基金有多少錢？", "100億元", 6)
SERVICES = Turn("智方便提供多少項服務？", "460項", 4)

FOLLOW_UPS = [
    # What changes is given, the rest is left out.
    (SERVICES, "咁登記用戶呢？", "智方便登記用戶有多少？"),
    (SERVICES, "那登記用戶呢？", "智方便登記用戶有多少？"),
    (SERVICES, "登記用戶呢", "智方便登記用戶有多少？"),
    (Turn("智方便提供多少项服务？", "460項", 4), "那登记用户呢？", "智方便登记用户有多少？"),
    (Turn("智方便有幾多項服務？", "460項", 4), "咁登記用戶呢？", "智方便登記用戶有多少？"),
    (FUND, "咁人工智能資助計劃呢？", "人工智能資助計劃有多少錢？"),
    (FUND, "噉創科創投基金又點？", "創科創投基金有多少錢？"),
    (FUND, "至於「友智識」計劃呢？", "「友智識」計劃有多少錢？"),
    (Turn("「創科創投基金」有幾多錢？"), "「友智識」呢？", "「友智識」有幾多錢？"),
    (Turn("香港喺數碼競爭力排第幾？", "第7", 1), "智慧城市呢？", "香港喺智慧城市排第幾？"),
    (Turn("How many services does iAM Smart offer?"), "what about registered users?",
     "How many registered users does iAM Smart offer?"),
    (Turn("How much money is in the Innovation Fund?"), "And the AI Subsidy Fund?",
     "How much money is in the AI Subsidy Fund?"),
    (Turn("How much money is in the Innovation Fund?"), "how about the Venture Fund?",
     "How much money is in the Venture Fund?"),
    # A year for a year, a number for a number.
    (Turn("2030年的目標是什麼？"), "咁2035年呢？", "2035年的目標是什麼？"),
    (Turn("2030年的目标是什么？"), "那2035年呢？", "2035年的目标是什么？"),
    (Turn("2030年的目標是什麼？"), "2035年？", "2035年的目標是什麼？"),
    (Turn("今年有幾多間公司上市？"), "上年呢？", "上年有幾多間公司上市？"),
    (Turn("河套嘅發展目標係咩？", "", 2), "咁2035年呢？", "2035年河套嘅發展目標係咩？"),
    (Turn("What is the target in 2030?"), "and in 2035?", "What is the target in 2035?"),
    (Turn("What is the target for 2030?"), "What about 2035?", "What is the target for 2035?"),
    (Turn("What is the target?"), "and in 2035?", "What is the target in 2035?"),
    (Turn("2030年的目標是什麼？"), "and in 2035?", "2035年的目標是什麼？"),
    (Turn("第一個五年期目標係邊年？"), "第二個呢？", "第二個五年期目標係邊年？"),
    (Turn("第4項說了什麼？", "…", 4), "第10項呢？", "第10項說了什麼？"),
    (Turn("第4項說了什麼？", "…", 4), "咁第5項呢？", "第5項說了什麼？"),
    (Turn("第一项说了什么？", "…", 1), "那第二项呢？", "第二项说了什么？"),
    (Turn("What does section 4 say?", "…", 4), "and section 5?", "What does section 5 say?"),
    (Turn("Which is the first target?"), "what about the second one?", "Which is the second target?"),
    # A pronoun points back: to what was asked about,
    (Turn("數字政策辦公室係做咩㗎？"), "佢幾時成立？", "數字政策辦公室幾時成立？"),
    (Turn("「數字政策辦公室」是什麼？"), "它由誰管理？", "「數字政策辦公室」由誰管理？"),
    (Turn("智方便是什么？"), "它有多少用户？", "智方便有多少用户？"),
    (Turn("什麼是「數碼轉型支援先導計劃」？"), "該計劃涵蓋哪些行業？",
     "「數碼轉型支援先導計劃」涵蓋哪些行業？"),
    (Turn("什麼是「數碼轉型支援先導計劃」？"), "呢個計劃幫到邊個？",
     "「數碼轉型支援先導計劃」幫到邊個？"),
    (FUND, "邊個管理佢？", "邊個管理創科產業引導基金？"),
    (Turn("How much money is in the Innovation Fund?"), "who runs it?", "who runs Innovation Fund?"),
    (Turn("When was the Digital Policy Office set up?"), "What are its tasks?",
     "What are Digital Policy Office's tasks?"),
    (Turn("How much money is in the Innovation Fund?"), "Who runs that fund?",
     "Who runs Innovation Fund?"),
    # to who was the answer,
    (Turn("邊個寫呢篇文？", "郭如佳", 0), "佢係邊份報紙嘅記者？", "郭如佳係邊份報紙嘅記者？"),
    (Turn("Who wrote it?", "Jane Lee", 0), "Where does she work?", "Where does Jane Lee work?"),
    (Turn("哪個部門推動數字政府？由誰負責？", "數字政策辦公室", 4), "它何時成立？",
     "數字政策辦公室何時成立？"),
    # or to the section that was read.
    (Turn("第10項講咩？", "…", 10), "佢係邊個？", "第10項係邊個？"),
    # And a question that names nothing.
    (Turn("新型工業發展辦公室係做咩？"), "幾時成立？", "新型工業發展辦公室幾時成立？"),
    (Turn("新型工业发展办公室是做什么的？"), "什么时候成立的？", "新型工业发展办公室什么时候成立的？"),
    (FUND, "點解？", "創科產業引導基金點解？"),
    (FUND, "幾時開始？", "創科產業引導基金幾時開始？"),
    (Turn("Did they open the Digital Policy Office?"), "when?", "Digital Policy Office: when?"),
]  # fmt: skip

# Paraphrases of the above, and others, that name their own subject.
NEW_SUBJECTS = [
    "智方便有幾多登記用戶？", "登記用戶有多少？", "登記用戶數目是多少呢？", "2035年的目標是什麼？",
    "2035年香港有什麼發展目標呢？", "第二個五年期的目標是哪一年？", "第5項說了什麼？",
    "第5項講咩㗎？", "創科創投基金有多少錢呢？", "友智識計劃幾多錢？", "數字政策辦公室幾時成立？",
    "邊個管理創科產業引導基金？", "為什麼要成立數字政策辦公室？", "點解要搞新型工業化？",
    "香港排第幾？", "天氣如何？", "今日天氣點？", "這篇文章說什麼？", "呢篇文講咩？", "這篇報道的記者是誰？",
    "其他國家有什麼計劃？", "他日香港會怎樣？", "政府會唔會資助長者呢？", "這些年香港有什麼成績？",
    "那些公司在哪裡上市？", "那年香港有多少初創企業？", "邊個贏咗冠軍？", "多少人參加了數字經濟峰會？",
    "幾時舉行香港國際創科展？", "哪里有人工智能超算中心？", "超算中心和它的用途是什麼？",
    "政府說它會在什麼時候完成？", "數碼港在哪裡，它何時啟用？", "香港其他排名是什麼？",
    "請問智方便是什麼", "而家有幾多間公司？", "还有哪些企业落户香港？",
    "how many registered users does iAM Smart have?", "What is the target in 2035?",
    "And what is the weather like today?", "What does section 5 say?", "Who runs the fund?",
    "What is the second target?", "Is it true that Hong Kong ranks third?", "What time is it?",
    "What does it say about AI?", "What does this article say?", "How long does it take to build?",
    "What about 2030 does the outline say?", "When did the government say it would open?",
    "How did the office and its staff grow?", "Why does Hong Kong want start-ups?",
    "But who is the reporter?", "Who wrote that report?", "how about telling me who wrote this article?",
    "When was the Digital Policy Office established?", "Which companies came to Hong Kong this year?",
    "So how much did R&D spending grow?", "R&D spending", "智方便", "", "？", "😀",
]  # fmt: skip


@pytest.mark.parametrize(("before", "question", "completed"), FOLLOW_UPS)
def test_a_follow_up_is_completed(before: Turn, question: str, completed: str) -> None:
    assert readings(question, [Turn("第9項說了什麼？", "…", 9), before])[0] == completed


@pytest.mark.parametrize("question", NEW_SUBJECTS)
@pytest.mark.parametrize("before", [FUND, SERVICES, Turn("Who runs the Fund?", "Jane Lee", 3)])
def test_a_new_subject_is_left_alone(before: Turn, question: str) -> None:
    assert readings(question, [before]) == ()


@pytest.mark.parametrize("question", [question for _, question, _ in FOLLOW_UPS])
def test_nothing_to_lean_on(question: str) -> None:
    assert readings(question, []) == ()


def test_what_is_left_open_has_several_readings() -> None:
    assert "第4項登記用戶有多少？" in readings("咁登記用戶呢？", [SERVICES])
    assert readings("佢幾時成立？", [Turn("邊個管智方便？", "數字辦", 4)]) == (
        "數字辦幾時成立？", "管智方便幾時成立？", "第4項幾時成立？",
    )  # fmt: skip


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=30))
def test_any_text_is_read(question: str, before: str, answer: str) -> None:
    for reading in readings(question, [Turn(before, answer, 3)]):
        assert reading.strip() and reading != question
