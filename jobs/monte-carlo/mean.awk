# The mean of the numbers that are read, one per line, and how far it may be off: awk -v expected=64 -f mean.awk
{
  ++count
  sum += $1
  squares += $1 * $1
}
END {
  if (count != expected) {
    printf "%d estimates where %d are expected\n", count, expected > "/dev/stderr"
    exit 1
  }
  mean = sum / count
  variance = count > 1 ? (squares - count * mean * mean) / (count - 1) : 0
  printf "mean of %d estimates: %.5f +- %.5f\n", count, mean, sqrt(variance > 0 ? variance / count : 0)
}
