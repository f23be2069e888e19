// Work that goes on while JavaScript does: on one thread of libuv's, with a pool of helpers and working memory
// of its own, so that calls in the meantime find theirs as always.
#ifndef HANDGRAD_BINDINGS_BACKGROUND_H_
#define HANDGRAD_BINDINGS_BACKGROUND_H_

#include <napi.h>

#include <functional>

#include "bindings/call.h"
#include "runtime/context.h"

namespace handgrad {

/// Starts `run` and returns a promise that is fulfilled with undefined, or rejected where memory failed.
///
/// The first `arrays` arguments of the call are kept alive until then. They must lie in shared memory: an
/// ArrayBuffer can be transferred away, and freed by who gets it, while `run` is at it.
napi_value StartBackground(Call& call, size_t arrays, std::function<void(const Context&)> run);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_BACKGROUND_H_
