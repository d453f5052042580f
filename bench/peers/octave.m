% Products, MTTKRPs, a sweep of ALS and nonnegative least squares in plain Octave.
%
%   octave --no-gui --quiet octave.m ROUNDS
%
% Inputs are drawn from a seed, in the shapes of polyad bench kernels. One line a
% kernel: its name, then the median of the rounds in milliseconds. When Tensor
% Toolbox is on the path, its cp_als and mttkrp are timed as well.
1;

function t = timed(name, rounds, f)
  f();
  t = zeros(1, rounds);
  for k = 1:rounds
    s = tic; f(); t(k) = toc(s);
  end
  printf("%-48s %12.4g\n", name, 1e3 * median(t));
  fflush(stdout);
end

function p = khatri_rao(factors) % the first factor's index fastest, as in a column-major unfolding
  p = factors{1};
  for k = 2:numel(factors)
    b = factors{k};
    p = reshape(reshape(p, [], 1, columns(p)) .* reshape(b, 1, [], columns(b)), [], columns(b));
  end
end

function m = unfolded(x, factors, n)
  others = [1:n-1, n+1:ndims(x)];
  m = reshape(permute(x, [n, others]), size(x, n), []) * khatri_rao(factors(others));
end

function factors = als_sweep(x, factors)
  for n = 1:ndims(x)
    g = ones(columns(factors{1}));
    for k = [1:n-1, n+1:ndims(x)]
      g = g .* (factors{k}' * factors{k});
    end
    factors{n} = unfolded(x, factors, n) / g;
  end
end

rounds = max(1, str2double(argv(){end}));
rand("twister", 1);
for s = [repmat([2000 500 96 32], 3, 1), [40000; 400; 32], [400; 40000; 32], [162; 94249; 8], [94249; 162; 8]]
  a = rand(s(1), s(2)); b = rand(s(2), s(3));
  timed(sprintf("product/%dx%dx%d", s), rounds, @() a * b);
end
for c = {{[200 200 200], 20}, {[60 60 60 60], 16}, {[307 307 162], 8}}
  dims = c{1}{1}; rank = c{1}{2};
  name = sprintf("dense/%s/R=%d", strjoin(strsplit(num2str(dims)), "x"), rank);
  x = rand(dims); factors = arrayfun(@(n) rand(n, rank), dims, "UniformOutput", false);
  for n = 1:numel(dims)
    timed(sprintf("mttkrp/%s/mode=%d", name, n - 1), rounds, @() unfolded(x, factors, n));
  end
  timed(["sweep/als/" name], rounds, @() als_sweep(x, factors));
  if exist("cp_als") && exist("ktensor") % Tensor Toolbox
    t = tensor(x);
    for n = 1:numel(dims)
      timed(sprintf("tensor toolbox: mttkrp/%s/mode=%d", name, n - 1), rounds, @() mttkrp(t, factors, n));
    end
    timed(["tensor toolbox: sweep/als/" name], rounds, @() evalc("cp_als(t, rank, 'init', factors, 'maxiters', 1, 'tol', 0)"));
  end
end
% lsqnonneg is an active set method for one pixel, so 200 stand for the image.
u = rand(162, 6); x = u * max(0, rand(6, 200) - 0.5) + 0.05 * (rand(162, 200) - 0.5);
t = timed("nnls/200x6", rounds, @() arrayfun(@(k) lsqnonneg(u, x(:, k)), 1:200, "UniformOutput", false));
printf("%-48s %12.4g\n", "nnls/94249x6 (200 pixels times 471)", 1e3 * median(t) * 94249 / 200);
