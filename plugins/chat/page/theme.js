// Light or dark, before anything is painted: the choice kept here, else what the system says.
(() => {
  const KEY = "backplane.chat.theme";
  const read = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // Storage can be switched off; the system's choice holds then.
    }
  };
  const apply = (choice) => {
    if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
    else delete document.documentElement.dataset.theme;
  };
  apply(read());
  window.chatTheme = {
    choice: () => document.documentElement.dataset.theme ?? "system",
    choose(choice) {
      apply(choice);
      try {
        if (choice === "system") localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, choice);
      } catch {
        // It holds until the page is closed.
      }
    },
  };
})();
