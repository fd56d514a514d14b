"use strict";
(() => {
  const all = (selector, top = document) => [...top.querySelectorAll(selector)];
  const tools = document.querySelector(".tools");
  const search = document.getElementById("search");
  const differs = document.getElementById("differs");
  const said = document.getElementById("said");
  const none = document.getElementById("none");
  const alike = document.getElementById("alike");
  const well = document.querySelector(".well");
  const matrix = document.querySelector(".matrix") ?? document.createElement("table");
  const kinds = all("fieldset input", tools);

  const nodes = all("details.node").map((element) => ({
    element,
    mark: element.id,
    name: element.querySelector("h3").textContent.toLowerCase(),
    wasOpen: element.open,
    rest: all(".rest, .left-out, .wrong", element),
    groups: all(".group", element).map((group) => ({
      element: group,
      title: group.querySelector("h4").textContent.toLowerCase(),
      findings: all(".finding", group).map((finding) => ({
        element: finding,
        kind: finding.dataset.s,
        text: finding.textContent.toLowerCase(),
      })),
    })),
  }));

  // A node that gave no answer is unknown in everything: beside it nothing would be alike.
  const answered = nodes.filter((node) => node.element.dataset.state === "audited");
  const cells = new Map(answered.map((node) => [node.mark, new Map()]));
  for (const td of all("td", matrix)) {
    const row = td.parentElement.dataset;
    cells.get(td.dataset.n ?? row.n)?.set(td.dataset.c ?? row.c, td.dataset.v);
  }
  const clauses = [...new Set(all("[data-c]", matrix).map((element) => element.dataset.c))];

  const mostCommon = (clause) => {
    const counts = new Map();
    for (const verdicts of cells.values()) {
      const verdict = verdicts.get(clause);
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1] || (b[0] === "ok") - (a[0] === "ok"))[0]?.[0];
  };
  const usual = new Map(clauses.map((clause) => [clause, mostCommon(clause)]));
  const isUniform = (clause) => [...cells.values()].every((verdicts) => verdicts.get(clause) === usual.get(clause));
  const isUsual = (mark) => clauses.every((clause) => cells.get(mark).get(clause) === usual.get(clause));

  const counted = (number, one, many) => `${number} ${number === 1 ? one : many}`;

  let wellWasOpen = false;
  well?.querySelector("summary").addEventListener("click", () => {
    wellWasOpen = !well.open;
  });

  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(kinds.filter((box) => box.checked).map((box) => box.value));
    const isFiltered = words.length > 0 || wanted.size < kinds.length;
    const seen = new Set();
    let findings = 0;
    for (const node of nodes) {
      let ofNode = 0;
      for (const group of node.groups) {
        let ofGroup = 0;
        for (const finding of group.findings) {
          const text = `${node.name} ${group.title} ${finding.text}`;
          const fits = wanted.has(finding.kind) && words.every((word) => text.includes(word));
          finding.element.hidden = !fits;
          ofGroup += fits ? 1 : 0;
        }
        group.element.hidden = ofGroup === 0;
        ofNode += ofGroup;
      }
      const isNamed = words.length > 0 && words.every((word) => node.name.includes(word)) && wanted.size === kinds.length;
      const isSeen = !isFiltered || ofNode > 0 || isNamed;
      for (const element of node.rest) element.hidden = isFiltered && !isNamed;
      node.element.hidden = !isSeen;
      node.element.open = isFiltered ? isSeen : node.wasOpen;
      if (isSeen) seen.add(node.mark);
      findings += ofNode;
    }
    if (well) {
      const inside = nodes.filter((node) => well.contains(node.element) && seen.has(node.mark));
      well.hidden = inside.length === 0;
      well.open = isFiltered ? true : wellWasOpen;
    }
    none.hidden = seen.size > 0;
    said.textContent = isFiltered
      ? `${counted(findings, "finding", "findings")} on ${counted(seen.size, "node", "nodes")}`
      : "";
    showMatrix(seen);
  };

  const showMatrix = (seen) => {
    const onlyOthers = Boolean(differs?.checked);
    const hidden = new Set(onlyOthers ? clauses.filter(isUniform) : []);
    const usualNodes = new Set(onlyOthers ? answered.map((node) => node.mark).filter(isUsual) : []);
    for (const element of all("[data-c]", matrix)) element.hidden = hidden.has(element.dataset.c);
    for (const element of all("[data-n]", matrix)) {
      const mark = element.dataset.n;
      element.hidden = !seen.has(mark) || usualNodes.has(mark);
    }
    for (const body of all("tbody", matrix)) {
      const rows = all("tr:not(.section)", body);
      for (const title of all("tr.section", body)) title.hidden = rows.every((row) => row.hidden);
    }
    alike.hidden = !onlyOthers;
    alike.textContent = onlyOthers
      ? `Left out: ${counted(hidden.size, "clause", "clauses")} on which all nodes agree, ` +
        `${counted(usualNodes.size, "node", "nodes")} like most of the others.`
      : "";
  };

  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const node = target?.closest("details.node");
    if (!node) return;
    if (node.hidden || target.hidden) reset();
    if (well?.contains(node)) well.open = true;
    node.open = true;
    target.scrollIntoView();
  };

  const reset = () => {
    search.value = "";
    for (const box of kinds) box.checked = true;
    show();
  };

  let pending = 0;
  search.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(show, 80);
  });
  for (const box of kinds) box.addEventListener("change", show);
  differs?.addEventListener("change", show);
  tools.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("reset").addEventListener("click", reset);
  for (const node of nodes) {
    node.element.querySelector("summary").addEventListener("click", () => {
      node.wasOpen = !node.element.open;
    });
  }
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => {
    for (const details of all("details")) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of all("details.compared")) details.open = false;
    show();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement === document.body) {
      event.preventDefault();
      search.focus();
    }
  });

  tools.hidden = false;
  follow();
})();
