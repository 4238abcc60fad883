<?php
namespace Demo\Shop;

use Demo\Item;
require_once 'util.php';

const LIMIT = 10;

/** A basket. */
final class Basket extends Base implements \Countable
{
    private array $items = [];
    const NAME = 'basket';

    public function __construct(array $items)
    {
        $this->items = $items;
    }

    // How many.
    public function count(): int
    {
        return count($this->items);
    }
}

interface Visitor
{
    public function visit(Item $item): void;
}

trait Named
{
    public function name(): string { return 'x'; }
}

enum State: string
{
    case Open = 'open';
}

function helper(int $x): int
{
    return $x > LIMIT ? LIMIT : $x;
}
