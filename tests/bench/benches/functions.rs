//! The functions on a message's way, under criterion: `cargo bench -p backplane-bench`.
#![expect(missing_docs, reason = "criterion's macros generate functions")]

use backplane_bench::functions::ALL;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// How often a function does its work in one measurement, so that what it sets up does not count.
const COUNT: u64 = 102_400;

fn functions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("message");
    group.throughput(Throughput::Elements(COUNT)).sample_size(20);
    for (name, work) in ALL {
        group.bench_function(name, |bencher| {
            bencher.iter(|| work(COUNT).expect("the function works"));
        });
    }
    group.finish();
}

criterion_group!(benches, functions);
criterion_main!(benches);
