//! What one plug-in uses of memory and disk, and when it is told that this is much.

use super::ladder::is_pressed;
use backplane_plugin::abi::PressureDecl;

/// The numbers of the resources at the boundary.
const HEAP: u32 = 0;
const DATA: u32 = 1;

/// What one plug-in uses, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Watch {
    pub(super) heap: Use,
    pub(super) data: Use,
}

/// How much of one thing is used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Use {
    /// In bytes; `None` where nobody measures.
    pub(super) bytes: Option<u64>,
    /// The soft limit is passed, and the plug-in was told.
    pub(super) is_pressed: bool,
}

impl Use {
    /// Takes a soft limit into account: what the plug-in is to be told, if that is new.
    fn press(&mut self, resource: u32, soft: u64, hard: u64) -> Option<PressureDecl> {
        let used = self.bytes?;
        let was = self.is_pressed;
        self.is_pressed = is_pressed(was, used, soft);
        (self.is_pressed && !was).then_some(PressureDecl { resource, used, soft, hard })
    }
}

impl Watch {
    /// Takes the soft limits, each with its hard one, into account: what the plug-in is to be told.
    pub(super) fn press(&mut self, heap: (u64, u64), data: (u64, u64)) -> Vec<PressureDecl> {
        let told = [self.heap.press(HEAP, heap.0, heap.1), self.data.press(DATA, data.0, data.1)];
        told.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_told_once_each_time_that_it_passes_a_soft_limit() {
        let mut watch = Watch::default();
        let mut told = |heap: u64| {
            watch.heap.bytes = Some(heap);
            watch.press((100, 200), (100, 0)).len()
        };
        assert_eq!([50, 100, 101, 150, 95, 101, 90, 101].map(&mut told), [0, 0, 1, 0, 0, 0, 0, 1]);
        assert!(watch.heap.is_pressed && !watch.data.is_pressed);
    }
}
