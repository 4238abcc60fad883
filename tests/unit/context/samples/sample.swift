import Foundation

/// A basket.
public class Basket: Codable {
    let limit = 10
    private var items: [String] = []

    init(items: [String]) {
        self.items = items
    }

    // How many.
    func count() -> Int {
        return items.count
    }
}

protocol Visitor {
    func visit(_ item: String)
}

struct Point {
    var x: Int
}

enum State {
    case open
    case closed
}

extension Basket {
    func clear() {
        items.removeAll()
    }
}

func helper(_ x: Int) -> Int {
    guard x > 0 else { return 0 }
    return x * 2
}
