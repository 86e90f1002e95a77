// What waits to be sent outlives a refresh or a crash in the browser's own storage. Some private
// windows refuse it: then memory must do.

export class Kept {
  // name: of what is kept, on this rater's page of this number.
  constructor(name, page) {
    this.place = `codecbench ${name} ${location.pathname} ${page}`;
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.place) ?? "[]");
    } catch {
      return [];
    }
  }

  write(values) {
    try {
      if (values.length === 0) localStorage.removeItem(this.place);
      else localStorage.setItem(this.place, JSON.stringify(values));
    } catch {
      // refused, or full
    }
  }
}
