// The article: in a panel beside the chat where there is room, else in a drawer over it. A
// citation opens it at its quote, marked.
function makeArticle(page, language) {
  const article = page.querySelector("#article");
  const body = article.querySelector(".article-body");
  const choice = article.querySelector("#document");
  const panel = page.querySelector(".panel");
  const drawer = page.querySelector("#drawer");
  const wide = matchMedia("(min-width: 900px)");
  let shown = null;
  let opener = null;

  async function show(name) {
    if (shown === name) return true;
    const html = await call("read_document", { document: name }).catch(() => "");
    if (!html) return false;
    body.innerHTML = html;
    body.scrollTop = 0;
    language.apply(body);
    if (choice) choice.value = name;
    shown = name;
    return true;
  }

  async function open(from, place = null) {
    opener = from;
    if (!wide.matches && !drawer.open) {
      drawer.showModal();
      // The back gesture closes the drawer.
      history.pushState({ drawer: true }, "");
    }
    const ready = await show(place?.document ?? shown ?? body.dataset.document);
    if (ready && place) mark(place);
    else body.focus({ preventScroll: true });
  }

  // A quote lies in one paragraph; its offsets count code points of the section's text.
  function mark({ section, start, end }) {
    unmark();
    const place = body.querySelector(`[data-section="${section}"]`);
    let target = place;
    for (const paragraph of place.querySelectorAll("p[data-start]")) {
      const node = paragraph.querySelector("bdi").firstChild;
      const points = Array.from(node?.data ?? "");
      const [from, to] = [start - paragraph.dataset.start, end - paragraph.dataset.start];
      if (from < 0 || from >= points.length) continue;
      const units = (count) => points.slice(0, count).join("").length;
      const range = document.createRange();
      range.setStart(node, units(from));
      range.setEnd(node, units(to));
      target = document.createElement("mark");
      range.surroundContents(target);
    }
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // Only the article scrolls: scrollIntoView would move the page as well.
    const middle = target.getBoundingClientRect().top - body.getBoundingClientRect().top;
    const top = body.scrollTop + middle - (body.clientHeight - target.offsetHeight) / 2;
    body.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
  }

  function unmark() {
    for (const mark of body.querySelectorAll("mark")) {
      const paragraph = mark.parentNode;
      mark.replaceWith(...mark.childNodes);
      paragraph.normalize();
    }
  }

  function place() {
    if (wide.matches && drawer.open) drawer.close();
    (wide.matches ? panel : drawer).append(article);
    if (wide.matches) show(shown ?? body.dataset.document);
  }

  article.querySelector("#close-article").addEventListener("click", () => drawer.close());
  choice?.addEventListener("change", () => show(choice.value));
  page.querySelector("#open-article").addEventListener("click", (event) => open(event.target));
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close(); // what is pressed is the backdrop
  });
  drawer.addEventListener("close", () => {
    if (history.state?.drawer) history.back();
    opener?.focus();
  });
  addEventListener("popstate", () => drawer.open && drawer.close());
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") opener?.focus();
  });
  // A drawer that was open when the page was left has its entry in the history still.
  if (history.state?.drawer) history.replaceState(null, "");
  wide.addEventListener("change", place);
  place();
  return { open };
}
