//! The work that the benchmarks measure, as a plug-in.

use backplane_bench_work::Bench;

backplane_plugin::export_plugin!(Bench);
