import { describe, expect, it } from 'vitest';
import { findChromium, realGpuArgs, softwareGpuArgs, type Machine } from './chromium';

const playwrightPath = '/home/ada/.cache/ms-playwright/chromium/chrome';

function machine(programs: readonly string[], more: Partial<Machine> = {}): Machine {
  return {
    environment: {},
    platform: 'linux',
    playwrightPath,
    isExecutable: (path) => programs.includes(path),
    ...more,
  };
}

describe('findChromium', () => {
  it('takes the one named by CHROMIUM_PATH before all others', () => {
    const environment = { CHROMIUM_PATH: '/opt/my/chrome' };
    expect(findChromium(machine(['/opt/my/chrome', playwrightPath], { environment }))).toBe('/opt/my/chrome');
  });

  it('refuses a CHROMIUM_PATH without a program instead of taking another browser', () => {
    const environment = { CHROMIUM_PATH: '/nowhere' };
    expect(() => findChromium(machine([playwrightPath], { environment }))).toThrow(/CHROMIUM_PATH is \/nowhere/);
  });

  it('takes an empty CHROMIUM_PATH as not given', () => {
    expect(findChromium(machine(['/usr/bin/chromium'], { environment: { CHROMIUM_PATH: '' } }))).toBe(
      '/usr/bin/chromium',
    );
  });

  it.each([
    ["Playwright's own before Chrome", ['/usr/bin/google-chrome', playwrightPath], playwrightPath],
    ['Chrome before Chromium', ['/usr/bin/chromium', '/usr/bin/google-chrome'], '/usr/bin/google-chrome'],
    ["Debian's chromium", ['/usr/bin/chromium'], '/usr/bin/chromium'],
    ['a snap', ['/snap/bin/chromium'], '/snap/bin/chromium'],
  ])('finds %s', (_name, programs, expected) => {
    expect(findChromium(machine(programs))).toBe(expected);
  });

  it('looks along PATH, but not in relative folders', () => {
    const environment = { PATH: 'bin:/nix/profile/bin' };
    expect(findChromium(machine(['bin/chromium', '/nix/profile/bin/chromium'], { environment }))).toBe(
      '/nix/profile/bin/chromium',
    );
  });

  it.each(['darwin', 'win32'] as const)('finds Chrome on %s', (platform) => {
    const isExecutable = (path: string): boolean => path.includes('Google') && path.includes('Chrome');
    expect(findChromium(machine([], { platform, isExecutable }))).toMatch(/Google.*hrome/);
  });

  it('says null when there is none', () => {
    expect(findChromium(machine(['/usr/bin/firefox']))).toBeNull();
  });
});

describe('arguments', () => {
  it('ask for the software adapter only when it is wanted', () => {
    expect(softwareGpuArgs()).toContain('--use-webgpu-adapter=swiftshader');
    expect(realGpuArgs().join(' ')).not.toContain('swiftshader');
  });
});
