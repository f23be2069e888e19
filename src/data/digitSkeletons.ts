/**
 * The ways in which people write each digit, as pen strokes.
 *
 * A stroke is a flat list x₀, y₀, x₁, y₁, … of points on a sheet of 100 × 100, y growing downwards. The pen
 * follows a smooth curve through them; a point given twice is a sharp corner. `weight` says how often a way is
 * used, relative to the other ways of the same digit.
 */
export interface Skeleton {
  readonly weight: number;
  readonly strokes: readonly (readonly number[])[];
}

export const digitSkeletons: readonly (readonly Skeleton[])[] = [
  // 0
  [
    // round, closed
    { weight: 6, strokes: [[55, 2, 22, 10, 5, 48, 20, 88, 50, 98, 82, 85, 95, 48, 80, 12, 52, 2]] },
    // begun at the top right, the ends crossing
    { weight: 3, strokes: [[75, 12, 45, 0, 12, 25, 5, 65, 30, 97, 68, 92, 93, 55, 85, 20, 60, 6, 40, 12]] },
    // left open at the top
    { weight: 1, strokes: [[40, 6, 15, 28, 6, 62, 28, 96, 66, 94, 92, 62, 88, 26, 62, 3]] },
  ],
  // 1
  [
    { weight: 8, strokes: [[50, 0, 50, 35, 50, 70, 50, 100]] },
    // a flag
    { weight: 2, strokes: [[30, 22, 42, 12, 52, 0, 52, 0, 51, 50, 50, 100]] },
    // flag and foot
    {
      weight: 1,
      strokes: [
        [28, 22, 40, 14, 52, 0, 52, 0, 51, 50, 50, 98],
        [22, 98, 50, 97, 80, 98],
      ],
    },
  ],
  // 2
  [
    // a sharp turn at the foot
    { weight: 4, strokes: [[8, 24, 30, 3, 66, 3, 82, 26, 60, 58, 8, 96, 8, 96, 50, 94, 98, 93]] },
    // the same, narrower above than below, the foot drawn out
    { weight: 2, strokes: [[12, 20, 32, 4, 56, 4, 66, 24, 50, 58, 5, 96, 5, 96, 50, 90, 105, 86]] },
    // a loop at the foot
    {
      weight: 4,
      strokes: [[10, 24, 30, 3, 64, 4, 76, 28, 58, 66, 26, 95, 4, 92, 8, 76, 30, 76, 62, 92, 98, 88]],
    },
    // a round foot without loop, like a swan
    { weight: 1, strokes: [[6, 28, 26, 4, 64, 2, 84, 24, 64, 56, 22, 84, 20, 94, 55, 92, 96, 94]] },
  ],
  // 3
  [
    // two bowls that meet in a point
    {
      weight: 5,
      strokes: [[10, 14, 40, 0, 78, 8, 78, 32, 38, 47, 38, 47, 80, 54, 90, 78, 55, 99, 5, 90]],
    },
    // a little loop between the bowls
    {
      weight: 2,
      strokes: [[12, 14, 42, 0, 76, 10, 72, 34, 45, 50, 30, 48, 40, 42, 80, 56, 88, 80, 52, 99, 6, 88]],
    },
    // a flat roof
    { weight: 1, strokes: [[8, 5, 45, 3, 84, 4, 84, 4, 42, 42, 42, 42, 80, 52, 88, 78, 52, 99, 6, 90]] },
    // shallow: the bowls hardly part
    { weight: 1, strokes: [[18, 10, 52, 0, 78, 20, 62, 42, 40, 48, 68, 54, 80, 76, 58, 98, 10, 94]] },
  ],
  // 4
  [
    // open, two strokes
    {
      weight: 5,
      strokes: [
        [14, 2, 8, 28, 8, 54, 40, 57, 90, 50],
        [82, 2, 78, 50, 72, 100],
      ],
    },
    // open, sharp corner
    {
      weight: 3,
      strokes: [
        [28, 0, 14, 30, 2, 58, 2, 58, 50, 56, 98, 54],
        [74, 10, 68, 50, 62, 100],
      ],
    },
    // closed at the top
    {
      weight: 1,
      strokes: [
        [66, 0, 30, 36, 2, 66, 2, 66, 50, 66, 98, 64],
        [66, 0, 66, 50, 64, 100],
      ],
    },
    // one pull: down, across, up and down again
    { weight: 2, strokes: [[18, 4, 6, 32, 14, 54, 48, 54, 82, 30, 88, 4, 88, 4, 82, 50, 76, 100]] },
  ],
  // 5
  [
    // hat apart from the body
    {
      weight: 5,
      strokes: [
        [28, 6, 24, 26, 18, 44, 18, 44, 52, 40, 80, 58, 72, 88, 36, 100, 2, 90],
        [28, 6, 60, 5, 96, 2],
      ],
    },
    // in one pull, with corners
    {
      weight: 3,
      strokes: [[90, 3, 60, 3, 30, 5, 30, 5, 20, 44, 20, 44, 56, 42, 82, 62, 70, 90, 34, 100, 4, 88]],
    },
    // like an S
    { weight: 2, strokes: [[88, 4, 50, 4, 26, 18, 30, 40, 62, 54, 76, 76, 56, 97, 14, 94]] },
  ],
  // 6
  [
    {
      weight: 5,
      strokes: [[66, 0, 34, 24, 12, 58, 18, 90, 48, 100, 78, 84, 74, 60, 46, 56, 20, 76]],
    },
    // a straight back and a small loop
    { weight: 3, strokes: [[52, 0, 26, 40, 14, 76, 26, 98, 54, 98, 70, 80, 60, 62, 36, 64, 18, 82]] },
    // a long curled top
    { weight: 2, strokes: [[84, 8, 58, 2, 26, 26, 10, 64, 26, 96, 62, 97, 84, 74, 66, 54, 36, 58, 16, 74]] },
  ],
  // 7
  [
    { weight: 6, strokes: [[4, 8, 45, 6, 90, 4, 90, 4, 64, 48, 44, 100]] },
    // a rounded shoulder
    { weight: 2, strokes: [[6, 12, 40, 5, 80, 5, 86, 20, 64, 56, 48, 100]] },
    // a serif at the left
    { weight: 1, strokes: [[8, 24, 8, 6, 8, 6, 48, 6, 90, 4, 90, 4, 66, 46, 50, 100]] },
    // a bar
    {
      weight: 1.5,
      strokes: [
        [6, 8, 45, 6, 88, 4, 88, 4, 62, 50, 42, 100],
        [32, 52, 60, 50, 88, 48],
      ],
    },
  ],
  // 8
  [
    // an S, closed on the way back up
    {
      weight: 6,
      strokes: [[80, 14, 50, 0, 20, 16, 30, 40, 62, 58, 78, 82, 48, 100, 18, 84, 34, 60, 66, 38, 82, 14]],
    },
    // begun in the middle
    {
      weight: 2,
      strokes: [[48, 46, 18, 28, 30, 4, 64, 2, 78, 24, 48, 46, 16, 72, 28, 98, 66, 98, 82, 74, 48, 46]],
    },
    // open at the top right
    {
      weight: 2,
      strokes: [[84, 6, 46, 2, 18, 18, 38, 42, 70, 62, 74, 86, 46, 100, 20, 86, 36, 62, 70, 34, 88, 16]],
    },
  ],
  // 9
  [
    // a straight tail
    {
      weight: 5,
      strokes: [[82, 14, 48, 0, 14, 22, 22, 46, 56, 44, 80, 16, 80, 16, 74, 56, 62, 100]],
    },
    // a tail that curls to the left
    {
      weight: 2,
      strokes: [[78, 12, 46, 0, 14, 20, 22, 46, 56, 44, 80, 14, 80, 14, 82, 60, 62, 96, 22, 94]],
    },
    // in one swing, without corner
    { weight: 2, strokes: [[74, 30, 44, 46, 14, 34, 26, 6, 62, 0, 78, 22, 70, 60, 50, 100]] },
    // the loop not quite closed
    { weight: 1, strokes: [[68, 10, 40, 1, 12, 24, 28, 48, 60, 42, 84, 8, 84, 8, 80, 54, 70, 100]] },
  ],
];
