# The release build (node-gyp). One static library for each instruction set, so that each has flags of its
# own and no other file is ever compiled with them; CMakeLists.txt lists the same sources for development.
{
  "variables": {
    # No -ffast-math anywhere, and no contraction: a fused multiply-add is written as one or not done.
    "optimize": ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"],
    "warnings": ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-unknown-pragmas"],
    # Kernels throw nothing; without these each unit would drag in the C++ run time.
    "isa_flags": ["-fno-exceptions", "-fno-rtti", "-fno-asynchronous-unwind-tables"],
    "x64_isas": ["handgrad_scalar", "handgrad_sse", "handgrad_avx2", "handgrad_avx512"],
    "arm64_isas": ["handgrad_scalar", "handgrad_neon"],
  },
  "target_defaults": {
    "cflags!": ["-O2"],
    "cflags": ["<@(optimize)", "<@(warnings)", "-fvisibility=hidden", "-fPIC"],
    "cflags_cc": ["-std=c++17", "-fvisibility-inlines-hidden"],
    "include_dirs": ["native"],
    "xcode_settings": {
      "OTHER_CFLAGS": ["<@(optimize)", "<@(warnings)"],
      "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
    },
  },
  "targets": [
    {
      "target_name": "handgrad",
      "sources": [
        "native/addon.cc",
        # Every .cc of these folders, so that a new file needs no entry.
        "<!@(node -p \"['bindings', 'drivers', 'runtime'].flatMap((d) => require('fs').readdirSync('native/' + d).filter((f) => f.endsWith('.cc')).map((f) => 'native/' + d + '/' + f)).join(' ')\")",
      ],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_CPP_EXCEPTIONS", "BUILDING_NODE_EXTENSION"],
      "cflags_cc!": ["-fno-exceptions"],
      "xcode_settings": {"GCC_ENABLE_CPP_EXCEPTIONS": "YES"},
      "conditions": [
        ["target_arch=='x64'", {"dependencies": ["<@(x64_isas)"]}],
        ["target_arch=='arm64'", {"dependencies": ["<@(arm64_isas)"]}],
        ["target_arch!='x64' and target_arch!='arm64'", {"dependencies": ["handgrad_scalar"]}],
        ["OS=='linux'", {
          "ldflags": [
            # Nothing of libstdc++ is looked up in, or offered to, the process.
            "-static-libstdc++", "-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic",
            # What of libstdc++ nobody calls would ask for functions of glibc 2.36; with libgcc shared, which Node
            # itself needs, 2.34 is enough.
            "-Wl,--gc-sections",
            # All symbols are looked up at loading, so that an addon that does not fit is refused then, and
            # TypeScript kernels take over, instead of ending the process at a first call.
            "-Wl,-z,now",
          ],
        }],
      ],
    },
    {
      "target_name": "handgrad_scalar",
      "type": "static_library",
      "sources": ["native/isa/scalar.cc"],
      # GCC 12's vectorizer reads beyond the last of many short rows; CMakeLists.txt has the story.
      "cflags": ["<@(isa_flags)", "-fno-tree-vectorize"],
    },
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "handgrad_sse",
          "type": "static_library",
          "sources": ["native/isa/sse.cc"],
          "cflags": ["<@(isa_flags)", "-msse4.1"],
          "xcode_settings": {"OTHER_CFLAGS": ["-msse4.1"]},
        },
        {
          "target_name": "handgrad_avx2",
          "type": "static_library",
          "sources": ["native/isa/avx2.cc"],
          "cflags": ["<@(isa_flags)", "-mavx2", "-mfma"],
          "xcode_settings": {"OTHER_CFLAGS": ["-mavx2", "-mfma"]},
        },
        {
          "target_name": "handgrad_avx512",
          "type": "static_library",
          "sources": ["native/isa/avx512.cc"],
          "variables": {
            "avx512_flags": [
              "-mavx2", "-mfma", "-mavx512f", "-mavx512vl", "-mavx512bw", "-mavx512dq",
              "-mprefer-vector-width=512",
            ],
          },
          "cflags": ["<@(isa_flags)", "<@(avx512_flags)"],
          "xcode_settings": {"OTHER_CFLAGS": ["<@(avx512_flags)"]},
        },
      ],
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "handgrad_neon",
          "type": "static_library",
          "sources": ["native/isa/neon.cc"],
          "cflags": ["<@(isa_flags)"],
        },
      ],
    }],
  ],
}
