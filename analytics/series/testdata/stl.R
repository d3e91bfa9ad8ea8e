# Makes stl_r.json: decompositions by R's stl of R's own data, all jumps 1.
# Run: Rscript stl.R > stl_r.json (made with R 4.2.2).
# The robust ones have an odd number of values: for an even one stl.f asks its
# partial sort for the two middle values in descending order, which that sort
# does not promise to answer, and its median is then not the median.
j <- function(x) paste0("[", paste(sprintf("%.12g", x), collapse=","), "]")
one <- function(name, source, x, p, ...) {
  s <- stl(x, ..., s.jump=1, t.jump=1, l.jump=1)
  a <- list(...)
  w <- s$win
  sprintf('  {"name": "%s", "source": "%s", "period": %d, "periodic": %s, "s_window": %d, "t_window": %d, "l_window": %d, "s_degree": %d, "inner": %d, "outer": %d,\n   "values": %s,\n   "seasonal": %s,\n   "trend": %s,\n   "weights": %s}',
   name, source, p, if (identical(a$s.window,"periodic")) "true" else "false", as.integer(w[1]), as.integer(w[2]), as.integer(w[3]), as.integer(s$deg[1]), as.integer(s$inner), as.integer(s$outer), j(as.numeric(x)), j(s$time.series[,"seasonal"]), j(s$time.series[,"trend"]), j(s$weights))
}
odd <- function(x) ts(head(as.numeric(x), length(x) - 1 + length(x) %% 2), frequency = frequency(x))
set.seed(1)
weeks <- ts(rpois(131, 12 + 6 * cos(2 * pi * (1:131) / 52) + (1:131) / 40), frequency = 52)
out <- c(
 one("nottem, periodic", "R datasets::nottem", nottem, 12L, s.window="periodic"),
 one("nottem, window 7", "R datasets::nottem", nottem, 12L, s.window=7),
 one("nottem less its last month, window 7, robust", "R datasets::nottem", odd(nottem), 12L, s.window=7, robust=TRUE),
 one("log co2 less its last month, window 21, linear season, robust", "R datasets::co2", odd(log(co2)), 12L, s.window=21, s.degree=1, robust=TRUE),
 one("UKgas less its last quarter, periodic, robust", "R datasets::UKgas", odd(UKgas), 4L, s.window="periodic", robust=TRUE),
 one("weeks of two and a half years, periodic, robust", "131 draws of a Poisson distribution", weeks, 52L, s.window="periodic", robust=TRUE),
 one("weeks of two and a half years, window 7", "131 draws of a Poisson distribution", weeks, 52L, s.window=7))
cat("[\n", paste(out, collapse=",\n"), "\n]\n", sep="")
