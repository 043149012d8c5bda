// The page's own words: which language they are in, and putting them where data-text, data-label
// and data-placeholder say.
function makeLanguage(page, texts) {
  const known = Object.keys(texts);

  function fromTag(tag) {
    const name = tag.toLowerCase();
    if (/^(zh-(hant|tw|hk|mo)|yue)/.test(name)) return "zh-Hant";
    if (/^zh/.test(name)) return "zh-Hans";
    return known.find((language) => name.split("-")[0] === language);
  }

  function firstChoice() {
    const wished = new URLSearchParams(location.search).get("lang") ?? keep.read("language");
    if (known.includes(wished)) return wished;
    return navigator.languages.map(fromTag).find(Boolean) ?? "en";
  }

  const text = (name, number) => texts[language.current][name].replace("{}", number);

  function apply(root = page) {
    for (const element of root.querySelectorAll("[data-text]")) {
      const words = text(element.dataset.text, element.dataset.number);
      // «section 6» stands alone here.
      element.textContent = words[0].toUpperCase() + words.slice(1);
      element.lang = language.current;
    }
    for (const element of root.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", text(element.dataset.label));
    }
    for (const element of root.querySelectorAll("[data-placeholder]")) {
      element.placeholder = text(element.dataset.placeholder);
    }
  }

  function choose(name) {
    language.current = name;
    document.documentElement.lang = name;
    for (const button of page.querySelectorAll("[data-choice]")) {
      button.setAttribute("aria-pressed", button.dataset.choice === name);
    }
    apply();
  }

  const language = { current: firstChoice(), apply, choose, text };
  return language;
}

// What the browser remembers. In a frame it may refuse to: then nothing outlives the visit.
const keep = {
  read(name) {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  },
  write(name, value) {
    try {
      localStorage.setItem(name, JSON.stringify(value));
    } catch {
      // nothing to be done
    }
  },
};
