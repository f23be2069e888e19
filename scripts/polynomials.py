"""The polynomials of native/kernels/math-inl.h, and where they come from.

    python scripts/polynomials.py      prints each with its coefficients and its largest weighted error

Each is the best approximation of its degree in the weighted maximum norm, found by Remez's second algorithm
(Remez 1934; Muller, "Elementary Functions", ch. 3) in 60 digits, and rounded to the type coefficient by
coefficient. The weight turns an error of the polynomial into a relative error of the function it is for. Needs
mpmath.
"""

import struct

from mpmath import cos, erf, erfc, exp, floor, ln, log, lu_solve, matrix, mp, mpf, pi, polyval, sin, sqrt

mp.dps = 60


def remez(f, weight, low, high, degree):
    """Coefficients, lowest first, of the polynomial p that makes max |weight · (f − p)| least on [low, high]."""
    count = degree + 2
    points = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (count - 1)) for i in range(count)]
    coefficients = None
    for _ in range(30):
        # At the points the error takes turns: f − p = ± e / weight.
        system = matrix(count, count)
        values = matrix(count, 1)
        for i, x in enumerate(points):
            for power in range(degree + 1):
                system[i, power] = x**power
            system[i, degree + 1] = (-1) ** i / weight(x)
            values[i] = f(x)
        solution = lu_solve(system, values)
        coefficients = [solution[k] for k in range(degree + 1)]

        def error(x):
            return weight(x) * (f(x) - polyval(coefficients[::-1], x))

        extremes = find_extremes(error, low, high, points)
        sizes = [abs(error(x)) for x in extremes]
        points = extremes
        if max(sizes) - min(sizes) < max(sizes) * mpf("1e-3"):
            break
    return coefficients


def find_extremes(error, low, high, points):
    """Where the error is largest between its sign changes, one place for each of `points`."""
    grid = [low + (high - low) * k / 1500 for k in range(1501)]
    values = [error(x) for x in grid]
    runs = []
    for x, value in zip(grid, values):
        if runs and (runs[-1][1] > 0) == (value > 0):
            if abs(value) > abs(runs[-1][1]):
                runs[-1] = (x, value)
        else:
            runs.append((x, value))
    while len(runs) > len(points):  # the least one at either end is not needed
        runs.pop(0 if abs(runs[0][1]) < abs(runs[-1][1]) else -1)
    return [x for x, _ in runs] if len(runs) == len(points) else points


def rounded(value, kind):
    number = float(value)  # mpmath rounds to nearest
    return struct.unpack("f", struct.pack("f", number))[0] if kind == "float" else number


def literal(number, kind):
    return f"{number:.9g}f" if kind == "float" else f"{number:.17g}"


def show(name, f, weight, low, high, degrees):
    for kind, degree in degrees.items():
        a, b = (bound[kind] if isinstance(bound, dict) else bound for bound in (low, high))
        coefficients = remez(f, weight, mpf(a), mpf(b), degree)
        kept = [rounded(c, kind) for c in coefficients]
        grid = [mpf(a) + (mpf(b) - mpf(a)) * k / 1000 for k in range(1001)]
        worst = max(abs(weight(x) * (f(x) - polyval([mpf(c) for c in kept[::-1]], x))) for x in grid)
        print(f"{name}, {kind}: error 2^{float(ln(worst) / ln(2)):.1f}")
        print("    " + ", ".join(literal(c, kind) for c in kept))


def near_zero(f, limit):
    """f with its limit at 0, where the formula is 0/0."""
    return lambda x: limit if abs(x) < mpf("1e-25") else f(x)


def logarithm_rest(z):
    s = sqrt(z)
    return (log((1 + s) / (1 - s)) / s - 2) / z


def root_function(f):
    """For functions of z = x²."""
    return lambda z: f(sqrt(z))


def main():
    half_ln2 = log(2) / 2 * mpf("1.001")
    show(
        "exp: (eʳ − 1 − r) / r², |r| ≤ ln 2 / 2",
        near_zero(lambda r: (exp(r) - 1 - r) / r**2, mpf(1) / 2),
        lambda r: max(r**2, mpf("1e-8")) / exp(r),
        -half_ln2,
        half_ln2,
        {"float": 4, "double": 9},
    )
    s = (sqrt(2) - 1) / (sqrt(2) + 1)
    show(
        "log: (log(1 + f) - f + f²/2) / f³, 1 + f from √½ to √2",
        near_zero(lambda f: (log(1 + f) - f + f**2 / 2) / f**3, mpf(1) / 3),
        lambda f: max(abs(f), mpf("1e-6")) ** 3 / max(abs(log(1 + f)), mpf("1e-6")),
        sqrt(mpf(1) / 2) - 1,
        sqrt(mpf(2)) - 1,
        {"float": 8},
    )
    show(
        "log: (log((1 + s) / (1 − s)) / s − 2) / s², z = s²",
        near_zero(logarithm_rest, mpf(2) / 3),
        lambda z: max(z, mpf("1e-8")) / 2,
        mpf(0),
        s**2 * mpf("1.001"),
        {"double": 6},
    )
    quarter = (pi / 4) ** 2 * mpf("1.001")
    show(
        "sin: (sin r − r) / r³, z = r²",
        near_zero(root_function(lambda r: (sin(r) - r) / r**3), -mpf(1) / 6),
        lambda z: max(z, mpf("1e-8")),
        mpf(0),
        quarter,
        {"float": 2, "double": 5},
    )
    show(
        "cos: (cos r − 1 + r²/2) / r⁴, z = r²",
        near_zero(root_function(lambda r: (cos(r) - 1 + r**2 / 2) / r**4), mpf(1) / 24),
        lambda z: max(z, mpf("1e-8")) ** 2,
        mpf(0),
        quarter,
        {"float": 2, "double": 5},
    )
    show(
        "erf, |x| ≤ 1: erf(x)/x − 1, z = x²",
        near_zero(root_function(lambda x: erf(x) / x - 1), 2 / sqrt(pi) - 1),
        root_function(lambda x: x / erf(x) if x > 0 else sqrt(pi) / 2),
        mpf(0),
        mpf(1),
        {"float": 6, "double": 12},
    )
    show(
        "erf, |x| ≥ 1: log(erfc x)",
        lambda x: log(erfc(x)),
        lambda x: erfc(x),
        mpf(1),
        {"float": mpf(4), "double": mpf(6)},
        {"float": 6, "double": 20},
    )

    show_two_over_pi()


def show_two_over_pi():
    """The bits of 2/π after the point, in words of 32: as many as the largest double needs."""
    mp.dps = 400
    fraction = 2 / pi
    words = []
    for _ in range(38):
        fraction *= 2**32
        word = floor(fraction)
        fraction -= word
        words.append(f"0x{int(word):08x}")
    print("2/π: " + ", ".join(words))


if __name__ == "__main__":
    main()
