'use strict';
// Finds and loads the addon. Plain CommonJS that is copied, not compiled: `require` loads addons, the tests
// run this file from src/ and users from dist/, and from both the package's root is three folders up.

/**
 * Tries, in this order: the file that HANDGRAD_ADDON names (then no other), the local build, the prebuilt
 * binary for this platform.
 *
 * @returns {{ addon: unknown, path: string, failures: string[] }} addon and path are null and '' when there is
 *   none; `failures` says why each one that was there did not load.
 */
exports.loadAddon = function loadAddon() {
  const failures = [];
  const attempt = (path, load) => {
    try {
      const addon = load();
      return addon === undefined ? undefined : { addon, path, failures };
    } catch (error) {
      failures.push(`${path}: ${String(error?.message ?? error).split('\n')[0]}`);
      return undefined;
    }
  };
  const override = process.env.HANDGRAD_ADDON;
  const found = override
    ? attempt(override, () => require(override))
    : (attempt('build/Release/handgrad.node', requireLocalBuild) ??
      attempt(`prebuilds/${platformName()}`, () => requirePrebuild(platformName())));
  return found ?? { addon: null, path: '', failures };
};

function requireLocalBuild() {
  try {
    return require('../../../build/Release/handgrad.node');
  } catch (error) {
    return unlessMissing(error);
  }
}

/** A file that is not there is no failure; one that is there and does not load is. */
function unlessMissing(error) {
  if (error?.code === 'MODULE_NOT_FOUND') return undefined;
  throw error;
}

/** `linux-x64-glibc`, `linux-x64-musl`, `darwin-arm64`. */
function platformName() {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return name;
  const { excludeNetwork } = process.report;
  process.report.excludeNetwork = true; // else it looks up the name of every peer
  const { header } = process.report.getReport();
  process.report.excludeNetwork = excludeNetwork;
  return `${name}-${header.glibcVersionRuntime ? 'glibc' : 'musl'}`;
}

// Each path is written out, so that bundlers see which files to take along.
function requirePrebuild(platform) {
  try {
    switch (platform) {
      case 'linux-x64-glibc':
        return require('../../../prebuilds/linux-x64/handgrad.glibc.node');
      case 'linux-x64-musl':
        return require('../../../prebuilds/linux-x64/handgrad.musl.node');
      case 'linux-arm64-glibc':
        return require('../../../prebuilds/linux-arm64/handgrad.glibc.node');
      case 'linux-arm64-musl':
        return require('../../../prebuilds/linux-arm64/handgrad.musl.node');
      case 'darwin-x64':
        return require('../../../prebuilds/darwin-x64/handgrad.node');
      case 'darwin-arm64':
        return require('../../../prebuilds/darwin-arm64/handgrad.node');
      case 'win32-x64':
        return require('../../../prebuilds/win32-x64/handgrad.node');
      default:
        return undefined;
    }
  } catch (error) {
    return unlessMissing(error);
  }
}
