require "json"
require_relative "util"

# Things of a shop.
module Shop
  LIMIT = 10

  # A basket.
  class Basket < Base
    attr_reader :items

    def initialize(items = [])
      @items = items
    end

    # How many.
    def size
      items.map { |i| i.count }.sum
    end

    def self.empty
      new([])
    end
  end
end

def helper(x)
  puts "#{x}" if x > Shop::LIMIT
end
