// Puts the page together; called by Gradio once the page's element stands.
const opening = async () => {
  try {
    return await call("opening");
  } catch {
    // The server went away while the page was loading: it is asked for until it is back.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return opening();
  }
};

async function openPage(element, { texts }) {
  const { html, title } = await opening();
  element.innerHTML = html;
  element.classList.add("qa");
  document.title = title;
  const query = new URLSearchParams(location.search);
  document.documentElement.classList.toggle("embedded", query.has("embed"));

  const language = makeLanguage(element, JSON.parse(texts));
  const article = makeArticle(element, language);
  const conversation = makeConversation(element, language, article);
  let questions = {};
  const list = element.querySelector(".examples ul");
  const form = element.querySelector("#ask");
  const box = element.querySelector("#question");

  function choose(name) {
    language.choose(name);
    list.replaceChildren(
      ...(questions[name] ?? []).map((question) => {
        const row = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = question;
        button.addEventListener("click", () => conversation.ask(question, true));
        row.append(button);
        return row;
      }),
    );
  }

  for (const button of element.querySelectorAll("[data-choice]")) {
    button.addEventListener("click", () => {
      choose(button.dataset.choice);
      keep.write("language", button.dataset.choice);
    });
  }

  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  };
  box.addEventListener("input", grow);
  // Enter asks; while an input method composes, it only chooses characters.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = box.value;
    if (conversation.busy() || !question.trim()) return;
    box.value = "";
    grow();
    // The keyboard on the glass would cover the answer.
    if (matchMedia("(pointer: coarse)").matches) box.blur();
    conversation.ask(question);
  });
  element.querySelector("#clear").addEventListener("click", () => {
    conversation.clear();
    box.focus();
  });

  choose(language.current);
  call("suggest").then((found) => {
    questions = found;
    choose(language.current);
  }, () => {}); // without examples the page is none the worse
  conversation.restore().then(() => {
    const shared = query.get("q");
    if (!shared) return;
    // Asked once: a reload shows what was answered.
    query.delete("q");
    const rest = query.size ? `?${query}` : "";
    history.replaceState(history.state, "", location.pathname + rest);
    conversation.ask(shared, true);
  });
}
