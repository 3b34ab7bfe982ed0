import { configure } from '@testing-library/dom';

/** Charts are loaded when they are first shown, which takes a busy machine longer than the library's second. */
configure({ asyncUtilTimeout: 10_000 });

/** happy-dom lays nothing out, and a list draws only what is in view: views are of this size, rows of that. */
const sizes = { clientWidth: 800, clientHeight: 400, offsetWidth: 800, offsetHeight: 20 };
for (const [name, size] of Object.entries(sizes)) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size });
}
