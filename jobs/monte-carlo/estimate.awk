# The mean of sin(x) / (x + cos(x)^2) at POINTS random x of (0, 1): awk -v seed=1 -f estimate.awk
# With a generator of its own (Park and Miller's): the rand() of one awk is not that of another.
BEGIN {
  state = seed
  points = ENVIRON["POINTS"]
  # Small seeds make small first numbers, and neighbours make alike ones.
  for (i = 0; i < 10; ++i) state = (state * 16807) % 2147483647
  for (i = 0; i < points; ++i) {
    state = (state * 16807) % 2147483647
    x = state / 2147483647
    sum += sin(x) / (x + cos(x) ^ 2)
  }
  printf "%.6f\n", sum / points
}
