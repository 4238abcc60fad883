package demo.shop

import kotlin.math.max

const val LIMIT = 10

/** A basket. */
class Basket<T>(private val items: MutableList<T>) : Iterable<T> {
    val size: Int
        get() = items.size

    // Adds one.
    fun add(item: T): Boolean {
        if (items.size >= LIMIT) return false
        items.add(item)
        return true
    }

    override fun iterator(): Iterator<T> = items.iterator()

    companion object {
        fun empty(): Basket<Int> = Basket(mutableListOf())
    }
}

interface Visitor {
    fun visit(item: String)
}

data class Pair2(val a: Int, val b: Int)

enum class State { OPEN, CLOSED }

object Registry {
    val names = listOf("a")
}

fun helper(x: Int) = max(x, LIMIT)
