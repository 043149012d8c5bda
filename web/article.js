// Opens the article at a citation and marks the quote. Marks are drawn with the CSS Custom
// Highlight API, which leaves the text as it is.
(() => {
  const panel = () => document.getElementById("article");

  function open(opener) {
    document.body.classList.add("article-open");
    panel().querySelector(".article-body").focus({ preventScroll: true });
    panel().opener = opener;
    if (history.state?.article !== true) history.pushState({ article: true }, "");
  }

  function close() {
    document.body.classList.remove("article-open");
    panel().opener?.focus();
  }

  // A quote lies in one paragraph; its offsets count code points of the section's text.
  function mark(button) {
    const section = panel().querySelector(`[data-id="${CSS.escape(button.dataset.section)}"]`);
    if (!section) return;
    const [start, end] = [Number(button.dataset.start), Number(button.dataset.end)];
    let target = section;
    for (const paragraph of section.querySelectorAll("p[data-start]")) {
      const node = paragraph.querySelector("bdi").firstChild;
      const shift = Number(paragraph.dataset.start);
      const points = Array.from(node?.data ?? "");
      if (!node || start < shift || start >= shift + points.length) continue;
      const units = (count) => points.slice(0, count).join("").length;
      const range = document.createRange();
      range.setStart(node, units(start - shift));
      range.setEnd(node, units(end - shift));
      if (globalThis.Highlight) CSS.highlights.set("quote", new Highlight(range));
      target = paragraph;
    }
    target.scrollIntoView({ block: "center", behavior: "smooth" });
  }

  document.addEventListener("click", (event) => {
    const citation = event.target.closest?.("button.citation");
    if (citation) {
      open(citation);
      mark(citation);
    } else if (event.target.closest?.("#open-article")) {
      open(event.target);
    } else if (event.target.closest?.("#close-article")) {
      close();
      if (history.state?.article === true) history.back();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("article-open")) close();
  });
  window.addEventListener("popstate", () => {
    if (document.body.classList.contains("article-open")) close();
  });
})();
