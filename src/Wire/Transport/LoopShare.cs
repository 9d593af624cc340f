namespace Mesh.Wire.Transport;

/// <summary>What the connections of one loop share. Only the loop's thread may call it.</summary>
internal abstract class LoopShare
{
    /// <summary>Nothing of this turn is referred to any more.</summary>
    public abstract void EndTurn();
}
