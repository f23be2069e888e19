'use strict';

/** A package by name, found from here; loaded when this is called, and not before. */
exports.load = (name) => require(name);

/** The file that `load` would load. */
exports.resolve = (name) => require.resolve(name);
