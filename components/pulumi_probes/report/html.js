"use strict";
(() => {
  const form = document.getElementById("filter");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");

  // Texts that many findings share are written once, with the rule; here each finding gets its own.
  for (const link of document.querySelectorAll('article a[href^="#t-"]')) {
    const text = document.getElementById(link.hash.slice(1));
    if (text) link.parentElement.replaceWith(...text.cloneNode(true).children);
  }

  const workloads = Array.from(document.querySelectorAll("article"), (element) => ({
    element,
    name: element.querySelector("header").textContent.toLowerCase(),
    findings: Array.from(element.querySelectorAll("li[class]"), (item) => ({
      element: item,
      level: item.className,
      rule: item.querySelector("a").textContent,
      text: item.textContent.toLowerCase(),
    })),
  }));
  const total = workloads.reduce((sum, workload) => sum + workload.findings.length, 0);
  const checked = (name) => new Set(Array.from(form.querySelectorAll(`input[name="${name}"]:checked`), (box) => box.value));
  const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const levels = checked("level");
    const rules = checked("rule");
    const limited = levels.size > 0 || rules.size > 0;
    let visibleWorkloads = 0;
    let visibleFindings = 0;
    for (const workload of workloads) {
      const missing = words.filter((word) => !workload.name.includes(word));
      let visible = 0;
      for (const finding of workload.findings) {
        const fits =
          (levels.size === 0 || levels.has(finding.level)) &&
          (rules.size === 0 || rules.has(finding.rule)) &&
          missing.every((word) => finding.text.includes(word));
        finding.element.hidden = !fits;
        visible += fits;
      }
      const fits = visible > 0 || (!limited && workload.findings.length === 0 && missing.length === 0);
      workload.element.hidden = !fits;
      visibleWorkloads += fits;
      visibleFindings += visible;
    }
    const all = visibleWorkloads === workloads.length && visibleFindings === total;
    shown.value = all
      ? `${counted(workloads.length, "workload")}, ${counted(total, "finding")}`
      : `${visibleWorkloads} of ${counted(workloads.length, "workload")}, ${visibleFindings} of ${counted(total, "finding")}`;
    nothing.hidden = visibleWorkloads > 0 || workloads.length === 0;
  };

  // The address of a filtered page can be passed on.
  const remember = () => {
    const state = new URLSearchParams();
    if (search.value) state.set("search", search.value);
    for (const name of ["level", "rule"]) for (const value of checked(name)) state.append(name, value);
    const text = state.toString();
    try {
      history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    } catch {
      // Some browsers do not allow it for files; the filter works all the same.
    }
  };
  const recall = () => {
    if (!/^#(search|level|rule)=/.test(location.hash)) return;
    const state = new URLSearchParams(location.hash.slice(1));
    search.value = state.get("search") ?? "";
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = state.getAll(box.name).includes(box.value);
    apply();
  };

  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", recall);
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.matches("input:not([type=checkbox]), textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      apply();
      remember();
    }
  });

  // Paper has no disclosure triangles.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("article:not([hidden]) details:not([open])"));
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });

  form.hidden = false;
  document.querySelector(".columns").classList.add("filtered");
  document.getElementById("choices").open = matchMedia("(min-width: 64rem)").matches;
  apply();
  recall();
})();
