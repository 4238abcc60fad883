//! A queue.
use std::collections::VecDeque;
use crate::util::{min, max};

pub const LIMIT: usize = 10;

/// A queue with a limit.
#[derive(Debug, Clone)]
pub struct Queue<T> {
    items: VecDeque<T>,
}

pub enum Fill {
    Empty,
    Some(usize),
}

pub trait Drain {
    fn drain_all(&mut self) -> usize;
}

impl<T> Queue<T> {
    /// Adds one.
    pub fn push(&mut self, item: T) -> bool {
        if self.items.len() >= LIMIT {
            return false;
        }
        self.items.push_back(item);
        true
    }
}

impl<T> Drain for Queue<T> {
    fn drain_all(&mut self) -> usize {
        let n = self.items.len();
        self.items.clear();
        n
    }
}

macro_rules! square {
    ($x:expr) => {
        $x * $x
    };
}

mod tests {
    #[test]
    fn works() {
        assert_eq!(square!(3), 9);
    }
}
