// What tests ask of a page from inside of it: contrast, order, names, width, motion.
globalThis.inside = (() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  /** Red, green, blue in [0, 255] and opacity in [0, 1] of any CSS colour. */
  const channels = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };

  const over = ([r, g, b, a], [R, G, B]) => [r, g, b].map((c, i) => a * c + (1 - a) * [R, G, B][i]);

  /** Relative luminance and contrast of WCAG 2.2. */
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) =>
      c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  /** What lies behind an element: its mark in a plot, or the backgrounds of what it is in. */
  const behind = (element) => {
    const mark = element.closest(".dot")?.querySelector(".body");
    if (mark && element.closest("text"))
      return over(channels(getComputedStyle(mark).fill), behind(mark.closest("svg").parentElement));
    const own = channels(getComputedStyle(element).backgroundColor);
    if (own[3] === 1 || !element.parentElement) return over(own, [255, 255, 255]);
    return over(own, behind(element.parentElement));
  };

  const shown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });

  /** Every text that is shown with a contrast below 4.5, as "1.23: the text". */
  const faint = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = new Set();
    let seen = 0;
    while (walker.nextNode()) {
      const { parentElement: element, textContent } = walker.currentNode;
      const text = textContent.trim();
      if (text === "" || element.closest("script, title, desc") || !shown(element)) continue;
      seen++;
      const style = getComputedStyle(element);
      const back = behind(element);
      const ink = over(channels(element.closest("svg") ? style.fill : style.color), back);
      const ratio = contrast(ink, back);
      if (ratio < 4.5) found.add(`${ratio.toFixed(2)}: ${text.slice(0, 60)}`);
    }
    return { seen, faint: [...found] };
  };

  const all = (selector) => [...document.querySelectorAll(selector)];
  const told = (element) =>
    (element.getAttribute("aria-labelledby") ?? "")
      .split(" ")
      .map((id) => (id === "" ? "" : (document.getElementById(id)?.textContent ?? "")))
      .join(" ")
      .trim() ||
    element.getAttribute("aria-label") ||
    element.querySelector(":scope > title")?.textContent ||
    "";

  /** What a reader with a keyboard or a screen reader would stumble over, in words. */
  const faults = () => {
    const found = [];
    const must = (holds, words) => holds || found.push(words);
    must(document.documentElement.lang, "the page has no language");
    must(document.title, "the page has no title");
    for (const name of ["header", "main", "footer"])
      must(all(`body > ${name}`).length === 1, `not one ${name}`);
    const levels = all("h1, h2, h3, h4, h5, h6").map(({ tagName, textContent }) => [
      Number(tagName[1]),
      textContent,
    ]);
    must(levels.filter(([level]) => level === 1).length === 1, "not one h1");
    levels.reduce((before, [level, text]) => {
      must(level <= before + 1, `heading "${text}" skips a level`);
      must(text.trim(), `an empty heading of level ${level}`);
      return level;
    }, 0);
    const ids = all("[id]").map(({ id }) => id);
    must(new Set(ids).size === ids.length, "an id stands twice");
    for (const each of all("[aria-labelledby]"))
      for (const id of each.getAttribute("aria-labelledby").split(" "))
        must(document.getElementById(id), `no element ${id}`);
    for (const svg of all("svg")) {
      if (svg.getAttribute("aria-hidden") === "true") continue;
      must(["img", "group"].includes(svg.getAttribute("role")), "a picture has no role");
      must(told(svg), "a picture has no name");
      if (svg.closest("figure") && !svg.matches("svg svg"))
        must(svg.querySelector(":scope > desc")?.textContent, "a chart is not described");
    }
    for (const table of all("table")) {
      must(table.caption?.textContent.trim(), "a table has no caption");
      for (const head of table.querySelectorAll("thead th"))
        must(head.scope === "col", "a head has no scope");
      for (const row of table.tBodies[0].rows)
        must(row.cells[0].tagName === "TH" && row.cells[0].scope === "row", "a row has no head");
    }
    for (const region of all("[role=region], section")) must(told(region), "a region has no name");
    for (const each of all("a, button, summary, [tabindex]")) {
      must(each.tabIndex <= 0, "a tab order of its own");
      must(each.textContent.trim() || told(each), `a ${each.tagName} without a name`);
    }
    for (const link of all("a[href^='#']")) must(document.querySelector(link.hash), `no place ${link.hash}`);
    return found;
  };

  /** Pixels by which the page is wider than its window. */
  const beyond = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

  /** Elements that move or fade. */
  const moving = () =>
    document.getAnimations().length +
    all("*").filter((element) => {
      const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element);
      return transitionDuration !== "0s" || animationName !== "none" || scrollBehavior === "smooth";
    }).length;

  /** Where the focus is: its place in the document, its words, and how its ring looks. */
  const focused = () => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return {
      place: all("*").indexOf(element),
      name: element.tagName.toLowerCase(),
      words: (told(element) || element.textContent).trim(),
      ring: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2,
    };
  };

  return { faint, faults, beyond, moving, focused };
})();
