// OpenBLAS beside our matmul: cblas_sgemm, for a batch in a loop. OPENBLAS_NUM_THREADS says how many threads.
#include <cblas.h>

#include <string>

#include "serve.h"

namespace {

class Gemm {
 public:
  void Prepare(const peers::Shape& shape, const float* a, const float* b, float* c) {
    shape_ = shape, a_ = a, b_ = b, c_ = c;
  }

  void Run() {
    const auto m = static_cast<blasint>(shape_.m), k = static_cast<blasint>(shape_.k),
               n = static_cast<blasint>(shape_.n);
    for (size_t i = 0; i < shape_.batch; i++) {
      cblas_sgemm(CblasRowMajor, shape_.a_transposed ? CblasTrans : CblasNoTrans,
                  shape_.b_transposed ? CblasTrans : CblasNoTrans, m, n, k, 1, a_ + i * shape_.m * shape_.k,
                  shape_.a_transposed ? m : k, b_ + i * shape_.k * shape_.n, shape_.b_transposed ? k : n, 0,
                  c_ + i * shape_.m * shape_.n, n);
    }
  }

 private:
  peers::Shape shape_;
  const float* a_;
  const float* b_;
  float* c_;
};

}  // namespace

int main() {
  // "OpenBLAS 0.3.21 ..." and the core type whose kernels run.
  const std::string config = openblas_get_config();
  const std::string version = config.substr(0, config.find(' ', config.find(' ') + 1));
  return peers::Serve((version + " (" + openblas_get_corename() + ")").c_str(), Gemm());
}
