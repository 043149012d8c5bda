// Puts the page together; called by Gradio once the page's element stands.
function openPage(element, server, { page: html, texts, examples }) {
  element.innerHTML = html;
  element.classList.add("qa");
  const query = new URLSearchParams(location.search);
  document.documentElement.classList.toggle("embedded", query.has("embed"));

  const language = makeLanguage(element, JSON.parse(texts));
  const article = makeArticle(element, server, language);
  const conversation = makeConversation(element, server, language, article);
  const questions = JSON.parse(examples);
  const list = element.querySelector(".examples ul");
  const form = element.querySelector("#ask");
  const box = element.querySelector("#question");

  function choose(name) {
    language.choose(name);
    list.replaceChildren(
      ...questions[name].map((question) => {
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
    conversation.ask(question);
  });
  element.querySelector("#clear").addEventListener("click", () => {
    conversation.clear();
    box.focus();
  });

  choose(language.current);
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
