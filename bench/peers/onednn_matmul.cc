// oneDNN beside our matmul, in both ways that it offers:
//
//   onednn_matmul sgemm       dnnl_sgemm, for a batch in a loop
//   onednn_matmul primitive   the matmul primitive, made once for a shape
//
// OMP_NUM_THREADS says how many threads.
#include <dnnl.hpp>

#include <cstring>
#include <string>
#include <unordered_map>

#include "serve.h"

namespace {

void Require(dnnl_status_t status) {
  if (status == dnnl_success) return;
  std::fprintf(stderr, "oneDNN says %d\n", static_cast<int>(status));
  std::exit(1);
}

class Gemm {
 public:
  void Prepare(const peers::Shape& shape, const float* a, const float* b, float* c) {
    shape_ = shape, a_ = a, b_ = b, c_ = c;
  }

  void Run() {
    const auto m = static_cast<dnnl_dim_t>(shape_.m), k = static_cast<dnnl_dim_t>(shape_.k),
               n = static_cast<dnnl_dim_t>(shape_.n);
    for (size_t i = 0; i < shape_.batch; i++) {
      Require(dnnl_sgemm(shape_.a_transposed ? 'T' : 'N', shape_.b_transposed ? 'T' : 'N', m, n, k, 1,
                         a_ + i * shape_.m * shape_.k, shape_.a_transposed ? m : k,
                         b_ + i * shape_.k * shape_.n, shape_.b_transposed ? k : n, 0,
                         c_ + i * shape_.m * shape_.n, n));
    }
  }

 private:
  peers::Shape shape_;
  const float* a_;
  const float* b_;
  float* c_;
};

class Primitive {
 public:
  Primitive() : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {}

  void Prepare(const peers::Shape& shape, float* a, float* b, float* c) {
    const auto describe = [&](size_t rows, size_t columns, bool transposed) {
      const auto r = static_cast<dnnl_dim_t>(rows), k = static_cast<dnnl_dim_t>(columns);
      const auto batch = static_cast<dnnl_dim_t>(shape.batch);
      const dnnl::memory::dims sizes = {batch, r, k};
      const dnnl::memory::dims strides =
          transposed ? dnnl::memory::dims{r * k, 1, r} : dnnl::memory::dims{r * k, k, 1};
      // Two matrices have two dimensions: a batch of one might be treated otherwise.
      const int first = shape.batch == 1 ? 1 : 0;
      return dnnl::memory::desc({sizes.begin() + first, sizes.end()}, dnnl::memory::data_type::f32,
                                {strides.begin() + first, strides.end()});
    };
    const auto left = describe(shape.m, shape.k, shape.a_transposed != 0);
    const auto right = describe(shape.k, shape.n, shape.b_transposed != 0);
    const auto result = describe(shape.m, shape.n, false);
    primitive_ = dnnl::matmul({dnnl::matmul::desc(left, right, result), engine_});
    arguments_ = {{DNNL_ARG_SRC, dnnl::memory(left, engine_, a)},
                  {DNNL_ARG_WEIGHTS, dnnl::memory(right, engine_, b)},
                  {DNNL_ARG_DST, dnnl::memory(result, engine_, c)}};
  }

  void Run() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::matmul primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace

int main(int count, char** arguments) {
  const dnnl_version_t* version = dnnl_version();
  const std::string name = "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) +
                           "." + std::to_string(version->patch);
  const char* way = count > 1 ? arguments[1] : "";
  if (std::strcmp(way, "sgemm") == 0) return peers::Serve((name + " sgemm").c_str(), Gemm());
  if (std::strcmp(way, "primitive") == 0) return peers::Serve((name + " matmul").c_str(), Primitive());
  std::fprintf(stderr, "usage: onednn_matmul sgemm|primitive\n");
  return 1;
}
