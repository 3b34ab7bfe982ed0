/** What programs put before every key: DataParallel for several GPUs, torch.compile for a compiled network. */
export const wrapperPrefixes = ['module.', '_orig_mod.'];

/** What wrappers put before every one of these names; empty if nothing. The network itself loads names without it. */
export function wrapperOf(names: readonly string[]): string {
  let wrapper = '';
  for (;;) {
    const next = names.length > 0 && wrapperPrefixes.find((start) => names.every((name) => name.startsWith(start, wrapper.length))); // prettier-ignore
    if (!next) return wrapper;
    wrapper += next;
  }
}
