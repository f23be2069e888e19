/** The folder with the real MNIST, for the tests that need it; they are skipped where the variable is unset. */
export const mnistDir = process.env.MNIST_DIR;

if (!mnistDir) process.stderr.write('MNIST_DIR is unset: tests on the real MNIST are skipped\n');
