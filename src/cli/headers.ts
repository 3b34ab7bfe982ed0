/**
 * The HTTP headers that seal the studio in: nothing may be fetched from, sent to or run from another origin. They belong
 * on every response, the worker scripts' included, for a worker obeys the policy of its own script.
 */

/** Content security policy as directive -> sources; `'wasm-unsafe-eval'` lets the WASM backend compile its own binary. */
const policy = {
  'default-src': ["'none'"],
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  'worker-src': ["'self'"],
  'connect-src': ["'self'"],
  'img-src': ["'self'", 'blob:'],
  'style-src': ["'self'"],
  'font-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Only one Trusted Types policy exists: the one that starts the engine's worker from a script of this origin. */
const trustedTypes = ["require-trusted-types-for 'script'", 'trusted-types studio-worker'];

const isolation: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()',
};

function directives(sources: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(sources).map(([directive, allowed]) => `${directive} ${allowed.join(' ')}`);
}

/** Headers of everything that is served for use: `npm start`, the preview and the tests. */
export const strictHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [...directives(policy), ...trustedTypes].join('; '),
  ...isolation,
};

/**
 * Headers of the development server. Hot module replacement needs an inline script, injected styles, a websocket and
 * scripts whose URLs are built at run time (hence no Trusted Types); all else is as strict as in use.
 */
export const developmentHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': directives({
    ...policy,
    'script-src': [...policy['script-src'], "'unsafe-inline'"],
    'style-src': [...policy['style-src'], "'unsafe-inline'"],
    'connect-src': [...policy['connect-src'], 'ws:'],
    'img-src': [...policy['img-src'], 'data:'],
  }).join('; '),
  ...isolation,
};
