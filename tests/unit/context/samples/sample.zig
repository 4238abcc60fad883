//! A queue.
const std = @import("std");

pub const limit: usize = 10;

/// A queue with a limit.
pub const Queue = struct {
    items: [limit]u8 = undefined,
    len: usize = 0,

    /// Adds one.
    pub fn push(self: *Queue, item: u8) bool {
        if (self.len >= limit) return false;
        self.items[self.len] = item;
        self.len += 1;
        return true;
    }
};

const State = enum { open, closed };

fn helper(x: u32) u32 {
    return x * 2;
}

test "push" {
    var q = Queue{};
    try std.testing.expect(q.push(1));
}
