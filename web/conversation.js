// The conversation: a question is shown at once, its answer takes the placeholder's place, and
// what the browser remembers of it comes back after a reload.
const LEANED_ON = 3; // turns that are sent along with a question
const KEPT = 50; // turns that the browser remembers

function makeConversation(page, language, article) {
  const log = page.querySelector("#conversation");
  const announcement = page.querySelector("#announcement");
  let turns = [];
  let waiting = false;

  const announce = (words) => {
    announcement.textContent = "";
    // A change is announced, and only if it comes after what was there.
    setTimeout(() => (announcement.textContent = words), 50);
  };

  function element(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  }

  // The placeholder, and after a failure what says so; the question is put in as text.
  function placeholder(question) {
    const turn = element(
      '<article class="turn pending"><h2 class="question"><bdi></bdi></h2><div class="coming">' +
        '<p class="waiting" data-text="waiting"></p></div></article>',
    );
    turn.querySelector("bdi").textContent = question;
    language.apply(turn);
    return turn;
  }

  function failed(turn, question, fresh, error) {
    turn.classList.replace("pending", "failed");
    const answer = turn.querySelector(".coming");
    answer.className = "answer";
    answer.innerHTML =
      '<p data-text="unreachable"></p><button type="button" class="plain" data-text="retry"></button>';
    language.apply(turn);
    const told = answer.querySelector("p");
    if (error instanceof Refusal) {
      delete told.dataset.text;
      told.textContent = error.message;
    }
    announce(told.textContent);
    turn.querySelector("button").addEventListener("click", () => {
      turn.remove();
      ask(question, fresh);
    });
  }

  function put(turn, html, stored) {
    const shown = element(html);
    shown.stored = stored;
    shown.classList.toggle("in-other-script", keep.read("other-script") === true);
    language.apply(shown);
    turn.replaceWith(shown);
    return shown;
  }

  function save() {
    turns = turns.slice(-KEPT);
    keep.write("conversation", turns);
    page.classList.toggle("started", turns.length > 0);
  }

  // «fresh»: not to be understood from the turns before.
  async function ask(question, fresh = false) {
    if (waiting) return;
    waiting = true;
    const turn = placeholder(question);
    log.append(turn);
    turn.scrollIntoView({ block: "start", behavior: "smooth" });
    announce(language.text("waiting"));
    const earlier = fresh ? [] : turns.slice(-LEANED_ON);
    let reply;
    try {
      reply = await callInTurn("page_ask", { question, earlier, language: language.current });
    } catch (error) {
      failed(turn, question, fresh, error);
      return;
    } finally {
      waiting = false;
    }
    if (reply.turn) turns.push(reply.turn);
    save();
    const shown = put(turn, reply.html, reply.turn);
    announce(shown.querySelector(".answer").innerText);
  }

  async function restore() {
    const kept = keep.read("conversation");
    if (!Array.isArray(kept) || kept.length === 0) return;
    const sent = { turns: kept, language: language.current };
    const replies = await call("restore", sent).catch(() => []);
    for (const { turn, html } of replies) {
      const slot = document.createElement("div");
      log.append(slot);
      put(slot, html, turn);
    }
    turns = replies.map((reply) => reply.turn);
    save();
    log.lastElementChild?.scrollIntoView({ block: "start" });
  }

  function clear() {
    log.replaceChildren();
    turns = [];
    save();
  }

  async function copy(words, done) {
    try {
      await navigator.clipboard.writeText(words);
      notice(language.text(done));
    } catch {
      notice(language.text("not_copied"));
    }
  }

  function link(question) {
    const address = new URL(location.pathname, location.href);
    address.searchParams.set("q", question);
    return address.href;
  }

  // A short word about what was done, seen and heard.
  function notice(words) {
    const shown = page.querySelector("#notice");
    shown.textContent = words;
    shown.hidden = false;
    clearTimeout(notice.timer);
    notice.timer = setTimeout(() => (shown.hidden = true), 4000);
    announce(words);
  }

  async function rate(turn, button) {
    const helpful = button.dataset.tool === "helpful";
    for (const other of turn.querySelectorAll("[aria-pressed]")) {
      other.setAttribute("aria-pressed", other === button);
    }
    turn.helpful = helpful;
    const form = turn.querySelector(".comment");
    form.hidden = false;
    await send(turn, "");
  }

  async function send(turn, comment) {
    const receipt = turn.receipt ?? "";
    const rated = { turn: turn.stored, helpful: turn.helpful, comment, receipt };
    const kept = await call("rate", rated).catch(() => "");
    turn.receipt = kept || receipt;
    notice(language.text(kept ? "thanks" : "not_recorded"));
    return Boolean(kept);
  }

  const tools = {
    copy: (turn, button) => copy(button.dataset.copy, "copied"),
    share: (turn, button) => copy(link(button.dataset.question), "shared"),
    helpful: rate,
    unhelpful: rate,
    script: (turn) => keep.write("other-script", turn.classList.toggle("in-other-script")),
  };

  log.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const turn = event.target.closest(".turn");
    if (button?.matches(".citation")) {
      const { document, section, start, end } = button.dataset;
      article.open(button, { document, section, start: Number(start), end: Number(end) });
    } else if (button?.dataset.tool) {
      tools[button.dataset.tool](turn, button);
    }
  });
  log.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const turn = form.closest(".turn");
    if (await send(turn, form.comment.value)) {
      form.hidden = true;
      turn.querySelector('[aria-pressed="true"]').focus();
    }
  });

  return { ask, restore, clear, busy: () => waiting };
}
