//! The work with this many message types, as a plug-in of its own: what a plug-in has is in its file.

use backplane_bench_work::Types;

backplane_plugin::export_plugin!(Types<100>);
