/* Samväg, förbättringar i webbläsaren. Allt fungerar utan skript; inget här skapar innehåll som servern inte kan visa.
   Lyssnar på dokumentet, så att det som htmx byter ut också fungerar. */
(() => {
  "use strict";
  const rot = document.documentElement;
  const minne = {
    las: (k) => { try { return localStorage.getItem(k); } catch { return null; } },
    spara: (k, v) => { try { localStorage.setItem(k, v); } catch { /* privat läge */ } },
  };
  rot.classList.add("js");

  // Utseende: ljust, mörkt eller som datorn. Kakan låter servern välja rätt redan från början.
  const val = document.querySelector("[data-utseende]");
  if (val) {
    val.value = rot.dataset.colorScheme;
    val.addEventListener("change", () => {
      rot.dataset.colorScheme = val.value;
      document.cookie = `utseende=${val.value}; path=/; max-age=31536000; samesite=lax`;
    });
  }

  // Filtret är öppet på stor skärm, stängt på liten.
  const filter = document.querySelector(".sv-filter");
  if (filter && matchMedia("(max-width: 56rem)").matches) filter.open = false;

  // Kontomenyn stängs med Esc och när fokus lämnar den.
  const konto = document.querySelector("details.sv-konto");
  if (konto) {
    konto.addEventListener("keydown", (h) => { if (h.key === "Escape" && konto.open) { konto.open = false; konto.querySelector("summary").focus(); } });
    konto.addEventListener("focusout", (h) => { if (h.relatedTarget && !konto.contains(h.relatedTarget)) konto.open = false; });
    document.addEventListener("click", (h) => { if (konto.open && !konto.contains(h.target)) konto.open = false; });
  }

  // Felrutan högst upp får fokus när ett formulär kommer tillbaka med fel.
  document.querySelector(".ds-error-summary[tabindex]")?.focus();

  // Vakten: varnar direkt när texten ser ut att innehålla ett personnummer. Servern gör en noggrannare kontroll igen.
  const monster = /(?:^|\D)((?:18|19|20)?(\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01]))[-+ ]?(\d{4}))(?!\d)/g;
  const kontrollsiffra = (tio) => [...tio].reduce((summa, tecken, i) => { const n = Number(tecken) * (i % 2 ? 1 : 2); return summa + (n > 9 ? n - 9 : n); }, 0) % 10 === 0;
  const traffar = (text) => [...text.matchAll(monster)].filter((t) => kontrollsiffra(t[2] + t[3])).map((t) => t[1]);
  const varningFor = (falt) => document.getElementById(falt.dataset.vaktFalt) || falt.closest(".ds-field, form")?.querySelector("[data-vakt-varning]");
  const titta = (falt) => {
    const varning = varningFor(falt);
    const [traff] = traffar(falt.value);
    if (!varning) return !traff;
    varning.hidden = !traff;
    if (traff) { falt.setAttribute("aria-invalid", "true"); varning.querySelector("[data-vakt-traff]").textContent = traff; } else falt.removeAttribute("aria-invalid");
    return !traff;
  };
  document.addEventListener("input", (h) => { if (h.target.matches?.("[data-vakt-falt]")) titta(h.target); });
  // Det som tar tid säger det, och skickas en gång.
  document.addEventListener("submit", (h) => {
    const form = h.target.closest?.("form[data-vanta]");
    if (!form || h.defaultPrevented) return;
    const rad = document.createElement("p");
    rad.setAttribute("role", "status");
    rad.append(document.createElement("progress"), ` ${form.dataset.vanta}`);
    form.append(rad);
    // Efter att formuläret är på väg, annars stannar det.
    setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((k) => { k.disabled = true; }));
  });
  addEventListener("pageshow", (h) => { if (h.persisted && document.querySelector("form[data-vanta]")) location.reload(); });

  document.addEventListener("submit", (h) => {
    const fel = [...h.target.querySelectorAll("[data-vakt-falt]")].filter((falt) => !titta(falt));
    if (fel.length) { h.preventDefault(); h.stopImmediatePropagation(); fel[0].focus(); }
  }, true);

  document.addEventListener("click", (h) => {
    // Ta bort det som ser ut som ett personnummer ur fältet.
    const rensa = h.target.closest?.("[data-vakt-rensa]");
    if (rensa) {
      const varning = rensa.closest("[data-vakt-varning]");
      for (const falt of document.querySelectorAll("[data-vakt-falt]")) {
        if (varningFor(falt) !== varning) continue;
        for (const traff of traffar(falt.value)) falt.value = falt.value.replace(traff, "");
        falt.value = falt.value.replace(/,?[ \t]+([.,])/g, "$1");
        titta(falt);
        falt.focus();
      }
      return;
    }
    // Dialoger: länken går till en egen sida utan skript, öppnar dialogen med skript.
    const lank = h.target.closest?.("[data-oppna]");
    const dialog = lank && document.getElementById(lank.dataset.oppna);
    if (dialog) { h.preventDefault(); dialog.showModal(); return; }
    const stang = h.target.closest?.("[data-stang]");
    if (stang) { h.preventDefault(); stang.closest("dialog").close(); }
  });

  document.addEventListener("change", (h) => {
    if (h.target.matches?.("[data-visa-losen]")) document.getElementById(h.target.dataset.visaLosen).type = h.target.checked ? "text" : "password";
    // En lista som byter sida när man väljer i den (där htmx inte gör det); utan skript finns en knapp.
    if (h.target.matches?.("[data-skicka]")) h.target.form.requestSubmit();
  });

  // Kortkommandon i kön. Går att stänga av (WCAG 2.1.4) och är tysta i fält.
  const knapp = document.querySelector("[data-kortkommandon]");
  if (knapp) {
    let pa = minne.las("kortkommandon") !== "av";
    const visa = () => { knapp.setAttribute("aria-pressed", String(pa)); knapp.textContent = pa ? "Stäng av kortkommandon" : "Slå på kortkommandon"; };
    knapp.addEventListener("click", () => { pa = !pa; minne.spara("kortkommandon", pa ? "pa" : "av"); visa(); });
    visa();
    document.addEventListener("keydown", (h) => {
      if (!pa || h.ctrlKey || h.metaKey || h.altKey || h.target.closest?.("input, textarea, select, dialog")) return;
      const rader = [...document.querySelectorAll("[data-ko] [data-rad]")];
      const nu = rader.findIndex((r) => r.contains(document.activeElement));
      const ga = (i) => rader[Math.max(0, Math.min(rader.length - 1, i))]?.querySelector("a")?.focus();
      if (h.key === "j") ga(nu + 1);
      else if (h.key === "k") ga(nu < 0 ? 0 : nu - 1);
      else if (h.key === "t" && nu >= 0) rader[nu].querySelector("[data-ta]")?.click();
      else if (h.key === "/") { h.preventDefault(); document.getElementById("ksok")?.focus(); }
    });
  }

  // Fel från servern visar htmx själv som en hel sida. Kommer inget svar alls säger vi det.
  document.addEventListener("htmx:error", (h) => {
    if (!h.detail.ctx?.request) return;
    const ruta = document.querySelector("[role=status]");
    if (ruta) ruta.textContent = "Samväg svarar inte just nu. Kontrollera nätet och försök igen.";
  });
})();
