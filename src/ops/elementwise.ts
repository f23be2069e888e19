/**
 * Arithmetic and functions, element by element.
 *
 * Two operands broadcast as in NumPy and promote as in PyTorch; a number stands for a 0-d tensor. Integers wrap
 * at the ends of their range (int32 at ±2³¹, as in PyTorch and C), and are never divided by 0: that is a
 * RangeError. Each function takes `{ out }`, and has a twin whose name ends in `_` and which stores the result
 * in its first operand.
 *
 * Errors are in ULP, distances between neighbouring numbers; rounding alone costs half of one. What the functions state is
 * the greatest of the native kernels, whatever the instruction set: of float32 over all 2³² numbers, of float64 over a
 * quarter of a million of all magnitudes. Arithmetic and rounding are exact to the last bit. The TypeScript kernels
 * compute in float64, with JavaScript's own functions, and round (float64 `erf`: 4 ULP).
 * Where `logaddexp` comes near 0, its terms cancel: it is within 2 ULP of the larger operand.
 */

import { binary, noNegativeExponent, noZeroDivisor, unary } from './domains.ts';
import { inPlace } from './pointwise.ts';

/**
 * a + b; `or` on booleans. a and b broadcast to the result's shape.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).add(tensor([10, 20])).toArray(); // [[11, 22], [13, 24]]
 * add(zeros([2, 3]), zeros([2])); // throws ShapeError
 */
export const add = binary('add');
/** a − b. Not defined for two booleans. */
export const sub = binary('sub');
/** a · b, element by element; `and` on booleans. The matrix product is `matmul`. */
export const mul = binary('mul');
/**
 * a / b as real numbers: integers and booleans give float32.
 *
 * @example
 * tensor([1, 2], { dtype: 'int32' }).div(2).toArray(); // [0.5, 1]
 */
export const div = binary('div', 'float');
/**
 * ⌊a / b⌋, as Python's `//`: toward −∞, of floats the exact quotient's floor.
 *
 * @example
 * tensor([7, -7]).floorDivide(2).toArray(); // [3, -4]
 */
export const floorDivide = binary('floorDivide', 'any', noZeroDivisor);
/**
 * a − b · ⌊a / b⌋, with the sign of b, as Python's `%`.
 *
 * @example
 * tensor([7, -7]).remainder(3).toArray(); // [1, 2]
 */
export const remainder = binary('remainder', 'any', noZeroDivisor);
/**
 * a − b · trunc(a / b), with the sign of a, as C's `fmod` and JavaScript's `%`.
 *
 * @example
 * tensor([7, -7]).fmod(3).toArray(); // [1, -1]
 */
export const fmod = binary('fmod', 'any', noZeroDivisor);
/**
 * a to the power of b. Of integers only powers from 0 are whole: others are a RangeError.
 *
 * @example
 * tensor([1, 2, 3]).pow(2).toArray(); // [1, 4, 9]
 */
export const pow = binary('pow', 'any', noNegativeExponent);
/** The smaller of a and b; NaN where either is NaN. */
export const minimum = binary('minimum');
/** The larger of a and b; NaN where either is NaN. */
export const maximum = binary('maximum');
/** The angle in radians, from −π to π, of the point (b, a): of height a and width b. */
export const atan2 = binary('atan2', 'float');
/** log(exp(a) + exp(b)), without overflow. */
export const logaddexp = binary('logaddexp', 'float');

/** −x. */
export const neg = unary('neg');
/** |x|. */
export const abs = unary('abs');
/** −1, 0 or 1; NaN for NaN. */
export const sign = unary('sign');
/** x · x. */
export const square = unary('square');
/** max(x, 0); NaN stays NaN. */
export const relu = unary('relu');
/** The gradient of `relu`: dy where x > 0, else 0. For x one may also give relu(x), which is above 0 in the same places. */
export const reluBackward = binary('reluBackward');
/** The largest whole number ≤ x. */
export const floor = unary('floor');
/** The smallest whole number ≥ x. */
export const ceil = unary('ceil');
/**
 * The nearest whole number; halves go to the even one.
 *
 * @example
 * tensor([0.5, 1.5, 2.5]).round().toArray(); // [0, 2, 2]
 */
export const round = unary('round');
/** x without its fraction. */
export const trunc = unary('trunc');
/** √x; NaN below 0; correctly rounded. */
export const sqrt = unary('sqrt', 'float');
/** 1 / √x. Off by at most 1.49 ULP in float32, 1.43 seen in float64. */
export const rsqrt = unary('rsqrt', 'float');
/** 1 / x, correctly rounded. */
export const reciprocal = unary('reciprocal', 'float');
/** e to the power of x. Off by at most 0.91 ULP in float32, 0.89 seen in float64. */
export const exp = unary('exp', 'float');
/** exp(x) − 1, accurate near 0. Off by at most 1.70 ULP in float32, 1.93 seen in float64. */
export const expm1 = unary('expm1', 'float');
/** The natural logarithm; −∞ at 0, NaN below. Off by at most 0.87 ULP in float32, 0.78 seen in float64. */
export const log = unary('log', 'float');
/** log(1 + x), accurate near 0. Off by at most 1.44 ULP in float32, 1.34 seen in float64. */
export const log1p = unary('log1p', 'float');
/** The logarithm to base 2, exact for powers of 2. Off by at most 0.51 ULP in float32, 0.52 seen in float64. */
export const log2 = unary('log2', 'float');
/** The logarithm to base 10. Off by at most 0.51 ULP in float32, 1.55 seen in float64. */
export const log10 = unary('log10', 'float');
/** The sine of x in radians. Off by at most 1.58 ULP in float32, 0.81 seen in float64. */
export const sin = unary('sin', 'float');
/** The cosine of x in radians. Off by at most 1.57 ULP in float32, 0.76 seen in float64. */
export const cos = unary('cos', 'float');
/** The tangent of x in radians. Off by at most 0.51 ULP in float32, 0.54 seen in float64. */
export const tan = unary('tan', 'float');
/**
 * The angle in radians, from −π/2 to π/2, whose sine is x; NaN beyond ±1. Off by at most 0.51 ULP in float32, 0.51
 * seen in float64.
 */
export const asin = unary('asin', 'float');
/**
 * The angle in radians, from 0 to π, whose cosine is x; NaN beyond ±1. Off by at most 0.51 ULP in float32, 0.51
 * seen in float64.
 */
export const acos = unary('acos', 'float');
/**
 * The angle in radians, from −π/2 to π/2, whose tangent is x. Off by at most 0.51 ULP in float32, 0.52 seen in
 * float64.
 */
export const atan = unary('atan', 'float');
/** The hyperbolic sine, (exp(x) − exp(−x)) / 2. Off by at most 0.51 ULP in float32, 1.68 seen in float64. */
export const sinh = unary('sinh', 'float');
/** The hyperbolic cosine, (exp(x) + exp(−x)) / 2. Off by at most 0.51 ULP in float32, 1.18 seen in float64. */
export const cosh = unary('cosh', 'float');
/** The hyperbolic tangent. Off by at most 2.67 ULP in float32, 2.39 seen in float64. */
export const tanh = unary('tanh', 'float');
/** 1 / (1 + exp(−x)). Off by at most 2.41 ULP in float32, 2.27 seen in float64. */
export const sigmoid = unary('sigmoid', 'float');
/** The error function, 2/√π · ∫₀ˣ exp(−t²) dt. Off by at most 1.37 ULP in float32, 1.10 seen in float64. */
export const erf = unary('erf', 'float');

/** `add`, stored in a. */
export const add_ = inPlace(add);
/** `sub`, stored in a. */
export const sub_ = inPlace(sub);
/** `mul`, stored in a. */
export const mul_ = inPlace(mul);
/** `div`, stored in a. */
export const div_ = inPlace(div);
/** `floorDivide`, stored in a. */
export const floorDivide_ = inPlace(floorDivide);
/** `remainder`, stored in a. */
export const remainder_ = inPlace(remainder);
/** `fmod`, stored in a. */
export const fmod_ = inPlace(fmod);
/** `pow`, stored in a. */
export const pow_ = inPlace(pow);
/** `minimum`, stored in a. */
export const minimum_ = inPlace(minimum);
/** `maximum`, stored in a. */
export const maximum_ = inPlace(maximum);
/** `atan2`, stored in a. */
export const atan2_ = inPlace(atan2);
/** `logaddexp`, stored in a. */
export const logaddexp_ = inPlace(logaddexp);
/** `neg`, stored in x. */
export const neg_ = inPlace(neg);
/** `abs`, stored in x. */
export const abs_ = inPlace(abs);
/** `sign`, stored in x. */
export const sign_ = inPlace(sign);
/** `square`, stored in x. */
export const square_ = inPlace(square);
/** `relu`, stored in x. */
export const relu_ = inPlace(relu);
/** `floor`, stored in x. */
export const floor_ = inPlace(floor);
/** `ceil`, stored in x. */
export const ceil_ = inPlace(ceil);
/** `round`, stored in x. */
export const round_ = inPlace(round);
/** `trunc`, stored in x. */
export const trunc_ = inPlace(trunc);
/** `sqrt`, stored in x. */
export const sqrt_ = inPlace(sqrt);
/** `rsqrt`, stored in x. */
export const rsqrt_ = inPlace(rsqrt);
/** `reciprocal`, stored in x. */
export const reciprocal_ = inPlace(reciprocal);
/** `exp`, stored in x. */
export const exp_ = inPlace(exp);
/** `expm1`, stored in x. */
export const expm1_ = inPlace(expm1);
/** `log`, stored in x. */
export const log_ = inPlace(log);
/** `log1p`, stored in x. */
export const log1p_ = inPlace(log1p);
/** `log2`, stored in x. */
export const log2_ = inPlace(log2);
/** `log10`, stored in x. */
export const log10_ = inPlace(log10);
/** `sin`, stored in x. */
export const sin_ = inPlace(sin);
/** `cos`, stored in x. */
export const cos_ = inPlace(cos);
/** `tan`, stored in x. */
export const tan_ = inPlace(tan);
/** `asin`, stored in x. */
export const asin_ = inPlace(asin);
/** `acos`, stored in x. */
export const acos_ = inPlace(acos);
/** `atan`, stored in x. */
export const atan_ = inPlace(atan);
/** `sinh`, stored in x. */
export const sinh_ = inPlace(sinh);
/** `cosh`, stored in x. */
export const cosh_ = inPlace(cosh);
/** `tanh`, stored in x. */
export const tanh_ = inPlace(tanh);
/** `sigmoid`, stored in x. */
export const sigmoid_ = inPlace(sigmoid);
/** `erf`, stored in x. */
export const erf_ = inPlace(erf);
