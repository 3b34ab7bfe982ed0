import { configure } from '@testing-library/dom';

/** Charts are loaded when they are first shown, which takes a busy machine longer than the library's second. */
configure({ asyncUtilTimeout: 10_000 });
